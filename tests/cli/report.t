#!/usr/bin/perl
# plaq report: the pages of a whole ensemble and of one with holes, a failure and a frozen charge, opened in a browser on
# wide and narrow windows. Every figure is drawn, nothing overlaps in ids, nothing is loaded, no error is on the console.
# Without Chromium the pages themselves are still looked at.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

my ($chromium) = grep { -x } map { "$_/chromium" } split /:/, $ENV{PATH};

sub counted { my ($text, $pattern) = @_; return scalar(() = $text =~ /$pattern/g) }

# Pages are long: a failure shows its pattern alone.
sub has { my ($page, $pattern, $name) = @_; ok $page =~ $pattern, $name or diag "no $pattern" }
sub lacks { my ($page, $pattern, $name) = @_; ok $page !~ $pattern, $name or diag "there is $&" }

# Opens a page; returns what stands on the console.
my $profiles = 0;
sub browse {
    my ($page, @more) = @_;
    my $profile = "$scratch/profile" . $profiles++;
    my $code = Plaq::run('timeout', 60, $chromium, qw(--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking
        --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --enable-logging=stderr),
        "--user-data-dir=$profile", "--window-size=1400,2000", @more, "file://$page");
    is $code, 0, 'the browser opens it' or diag $err;
    return [grep { /CONSOLE/ } split /\n/, $err];
}

# What a script in the page finds, once all is laid out; it tells the page around it, which makes it as wide as it is to be.
my $probe = <<'END';
<script>addEventListener('load', function () {
    var all = Array.from(document.querySelectorAll('[id]')).map(function (e) { return e.id });
    var drawn = Array.from(document.querySelectorAll('figure svg')).filter(function (s) {
        var box = s.getBoundingClientRect(), inner = s.getBBox();
        return box.width > 300 && box.height > 150 && inner.width > 300 && s.querySelectorAll('path,use,polygon').length > 10 &&
            Array.from(s.querySelectorAll('g[id*="plot"]')).some(function (g) { return g.getBBox().width > 0 });
    }).length;
    var lost = Array.from(document.querySelectorAll('use')).filter(function (u) {
        return !document.getElementById(u.getAttribute('xlink:href').slice(1)) }).length;
    parent.postMessage([drawn, all.length - new Set(all).size, lost, document.documentElement.scrollWidth <= innerWidth,
        innerWidth].join(' '), '*');
})</script>
END

sub frame {
    my ($width) = @_;
    return "<!doctype html><body data-probe=''><script>addEventListener('message', function (e) { document.body.setAttribute('data-probe', " .
        "e.data) })</script><iframe src='probe.html' style='border:0;width:${width}px;height:1500px'></iframe>";
}

# A page in the browser: so many figures on both widths
sub check_page {
    my ($name, $page, $figures) = @_;
    is counted($page, '<figure '), $figures, "$name: $figures figures";
    is counted($page, '<svg '), $figures, 'all of them inline';
    lacks $page, qr/(?:src|href)=["'](?!#|data:)|\@import|url\((?!#)|>-?nan|>-?inf\b/, 'nothing to be loaded, nothing that is no number';
    return unless $chromium;
    spew("$scratch/probe.html", $page . $probe);
    for my $width (1280, 390) {
        spew("$scratch/frame.html", frame($width));
        is_deeply browse("$scratch/frame.html", '--dump-dom'), [], 'no word on the console';
        my ($seen) = $out =~ /data-probe="([^"]*)"/;
        is $seen, "$figures 0 0 true $width", 'all figures drawn, ids unique, references whole, no wider than the window';
    }
    browse("$scratch/probe.html", "--screenshot=$scratch/$name.png");
    cmp_ok -s "$scratch/$name.png", '>', 40_000, 'a picture with something on it'; # an empty one has 10,000 bytes
}

sub measure {
    my ($folder, $name, $flow, @measure) = @_;
    spew("$scratch/$folder.yaml", <<"END" . join '', map { "  - $_\n" } @measure);
ensemble: {name: '$name', configs: $scratch/$folder/n*.h5}
quarks:
  light: {action: clover, kappa: 0.12, csw: 1.5, tolerance: 1e-8}
sources:
  here: {kind: point, positions: 1}
output: $scratch/$folder/out
measure:
  - plaquette
  - flow: {$flow}
END
    return plaq('measure', '-q', "$scratch/$folder.yaml");
}

# ---- a whole ensemble ----------------------------------------------------------------------------------------------------
is plaq('generate', '-q', '--dims', '4,4,4,8', '--beta', 5.5, '--configs', 12, '--thermalise', 30, '--every', 3, '-o',
    "$scratch/whole/n"), 0, 'an ensemble';
is measure('whole', 'b5.50_4x8', 't_max: 2.5, eps: 0.05, every: 0.1',
    'meson: {quarks: [light, light], source: here, gammas: diagonal}'), 0, 'measured' or diag $err;

my @before = times;
is plaq('report', "$scratch/whole/out", '-o', "$scratch/whole.html"), 0, 'a page of its own analysis' or diag $err;
my @after = times;
my $limit = ($ENV{PLAQ_BUILD} // '') =~ /san/ ? 30 : 3;
cmp_ok $after[2] + $after[3] - $before[2] - $before[3], '<', $limit, "in less than $limit seconds of this machine";
is $out, "$scratch/whole.html\n", 'whose path is printed';
is $err, '', 'and nothing else';
my $page = slurp("$scratch/whole.html");
has $page, qr{<h1>b5\.50_4x8</h1>}, 'its title is the ensemble';
has $page, qr{<b>12</b><span>configurations}, 'with all configurations';
has $page, qr{plaquette\.<wbr>mean</span>.*?<td class="number">0\.5\d+\(\d+\)}s, 'the plaquette and its error';
has $page, qr{>t0 = \d\.\d+\(\d+\)<}, 't0 stands at the flow';
has $page, qr{conventions</dt><dd>directions 0\.\.3 = x y z t}, 'the conventions are those of the results';
has $page, qr{boundary in time</dt><dd>periodic<.*<summary>the run file</summary>}s, 'provenance, and the run file';
has $page, qr{quantities:\n  &quot;flow\.charge_end&quot;: \{mean}, 'its analysis is a file to go on from';
# histories and autocorrelations of Q, t0, w0, three plaquettes, iterations; the charge's distribution; flow, its slope,
# correlators, effective masses
check_page('whole', $page, 2 * 7 + 1 + 4);

spew("$scratch/analysis.yaml", <<'END');
results: elsewhere
quantities:
  plaquette: {mean: plaquette.mean}
  pion: {mean: {of: meson.correlator, pick: {pair: g5-g5, p: 0 0 0, sink: point}, average: source, fold: even}}
  m_eff: {effective_mass: {of: pion, kind: cosh}}
  m_pi: {fit: {of: pion, model: cosh, scan: {first: [1, 2], last: [3, 4]}}}
END
is plaq('report', "$scratch/whole/out", '--analysis', "$scratch/analysis.yaml", '-o', "$scratch/analysis.html", '--figures',
    "$scratch/figures", '--format', 'pdf'), 0, 'a page of an analysis file, of these results' or diag $err;
$page = slurp("$scratch/analysis.html");
has $page, qr{>m_pi = \d\.\d+\(\d+\)}, 'the fit stands at the effective masses';
is counted($page, '<figure '), 2 + 2 + 2 + 3 + 2 * 2 + 2,
    'plaquette twice, pion and its masses, all fits and their weights; what else has a history: charge, plaquettes, iterations';
has $page, qr{data-name="solver\.iterations_light_here_history"}, 'iterations among them';
my %file = map { m{([^/]+)$} => 1 } glob "$scratch/figures/*";
is keys %file, 15, 'each figure is a file too';
ok $file{"$_.pdf"}, $_ for qw(Correlators Effective_masses m_pi_all_fits m_pi_weights plaquette_autocorrelation plaquette_history);
like slurp("$scratch/figures/plaquette_history.pdf"), qr/^%PDF-1/, 'which is what it is called';

# ---- the demonstration's ----------------------------------------------------------------------------------------------------
is plaq('generate', '-q', '--dims', '4,4,4,16', '--beta', '6.0', '--configs', 12, '--thermalise', 30, '--every', 5, '-o',
    "$scratch/demo/n"), 0, "an ensemble like the demonstration's";
is plaq('measure', '-q', "inputs/$_.yaml", "ensemble.configs=$scratch/demo/n*", "output=$scratch/demo.$_"), 0, "inputs/$_.yaml" or diag $err
    for 'demo', 'spectrum';
is plaq('report', '--analysis', 'inputs/analysis.yaml', "$scratch/demo.demo", "$scratch/demo.spectrum", '-o', "$scratch/demo.html"), 0,
    'its page' or diag $err;
$page = slurp("$scratch/demo.html");
has $page, qr{>$_</span>}, "with $_" for 'plaq', 't0', 'w0', 'm_pi', 'm_rho';
check_page('demo', $page, counted($page, '<figure '));
cmp_ok counted($page, '<figure '), '>=', 20, 'histories, autocorrelations, flow, correlators, masses and their fits';

# ---- holes, a failure, a frozen charge -----------------------------------------------------------------------------------
is plaq('generate', '-q', '--dims', '4,4,4,4', '--beta', 9, '--start', 'cold', '--configs', 12, '--thermalise', 10, '--every', 2,
    '-o', "$scratch/holes/n"), 0, 'a chain that stays where it began';
my $damaged = slurp("$scratch/holes/n0007.h5");
substr($damaged, -20_000, 8) = "\0" x 8;
spew("$scratch/holes/n0007.h5", $damaged);
is measure('holes', 'b9 <4x4> & "co"', 't_max: 0.5, eps: 0.05, every: 0.1'), 3, 'one configuration is not measured' or diag $err;
unlink "$scratch/holes/out/n0004.h5", "$scratch/holes/out/n0005.h5" or die;
is plaq('report', "$scratch/holes/out", '-o', "$scratch/holes.html"), 0, 'a page all the same' or diag $err;
$page = slurp("$scratch/holes.html");
has $page, qr{<h1>b9 &lt;4x4&gt; &amp; &quot;co&quot;</h1>}, 'names are no markup';
has $page, qr{<b>9</b><span>configurations}, 'nine are there';
has $page, qr{<li>[^<]*\b3 configurations are missing from 1 to 12 in steps of 1: 4 5 7<}, 'three are missing, and which';
has $page, qr{<b>n0007\.h5</b>: \S}, 'why one failed';
has $page, qr{frozen: the topological charge stays in sector 0 on all 9 configurations}, 'the charge is frozen';
lacks $page, qr{charge_end: (?:autocorrelation|distribution)}, 'and has neither autocorrelation nor distribution';
has $page, qr{<b>t0</b>: [^<]*not reached}, 't0 is not reached';
check_page('holes', $page, 1 + 2 * 3 + 2);

# ---- the browser is heard -------------------------------------------------------------------------------------------------
SKIP: {
    skip 'no Chromium here', 3 unless $chromium;
    my ($policy) = $page =~ /(<meta http-equiv="Content-Security-Policy"[^>]*>)/;
    spew("$scratch/bad.html", "<!doctype html>$policy<body><img src=\"http://127.0.0.1:9/x.png\"><script>nothing()</script>");
    my $said = browse("$scratch/bad.html", '--dump-dom');
    is scalar(grep { /nothing is not defined/ } @$said), 1, 'an error of a script would be seen';
    is scalar(grep { /Content Security Policy/ } @$said), 1, 'and anything that is loaded';
}

# ---- what cannot be shown -------------------------------------------------------------------------------------------------
is plaq('report', "$scratch/nowhere"), 4, 'no folder';
is plaq('report'), 2, 'nothing to report on';
like $err, qr/expected a folder of results/, 'is said';
is plaq('report', "$scratch/whole/out", '-o', "$scratch/no/such/page.html"), 4, 'no place for the page';
{
    local $ENV{PATH} = '/nonexistent';
    is Plaq::run('/usr/bin/env', 'PATH=/nonexistent', $plaq =~ m{^/} ? $plaq : "./$plaq", 'report', "$scratch/whole/out", '-o', "$scratch/none.html"), 4, 'no gnuplot';
    like $err, qr/install gnuplot-nox/, 'is said with the package';
    ok !-e "$scratch/none.html", 'and no page is left';
}
done_testing;
