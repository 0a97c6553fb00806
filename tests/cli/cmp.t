#!/usr/bin/perl
# plaq cmp: other people's copies of the same field in other formats, precisions and gauges; and fields that are not.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

sub cmp_json {
    my @words = @_;
    my $code = plaq('cmp', '--json', @words);
    return ($code, (json_lines())[0] // {});
}

# ---- our own files, in double precision -----------------------------------------------------------------------------------
is plaq('generate', '-q', '--dims', '4,6,2,8', qw(--beta 5.5 --thermalise 3 --every 1 --configs 2 -o), "$scratch/n"), 0,
    'two configurations';
my ($one, $two) = ("$scratch/n0001.h5", "$scratch/n0002.h5");
is plaq('convert', '-f', 'ildg', $one, "$scratch/one.ildg"), 0, 'one as ILDG';
is plaq('convert', '-f', 'nersc', '--precision', 'f32', $one, "$scratch/one.nersc"), 0, 'and as NERSC in 32 bit';

is plaq('cmp', $one, $one), 0, 'a file and itself: exit code 0';
like $out, qr/^identical: /m, 'are identical';
is plaq('cmp', $one, "$scratch/one.ildg"), 0, 'two formats: exit code 0';
like $out, qr/^identical: /m, 'the same numbers are identical, whatever their byte order';
my ($code, $seen) = cmp_json($one, "$scratch/one.nersc");
is $code, 0, '64 and 32 bit: exit code 0';
is $seen->{verdict}, 'precision', 'equal to precision';
ok $seen->{same} && $seen->{links}{beyond} == 0 && !exists $seen->{links}{first}, 'no link beyond the limit';
my $largest = $seen->{links}{largest}[0]{difference};
ok $largest > 1e-9 && $largest <= 2**-25, "the largest difference ($largest) is the rounding of floats below one";
is plaq('cmp', '--tolerance', '1e-9', $one, "$scratch/one.nersc"), 0, 'with a smaller tolerance';
like $out, qr/^equal up to a gauge/m, 'links differ, invariants agree to what floats can';

is plaq('cmp', $one, $two), 1, 'two configurations of a chain: exit code 1';
is $err, '', 'which is no error';
like $out, qr/^different$/m, 'are different';
like $out, qr/^plaquette .*DIFFERS$/m, 'in their invariants';
($code, $seen) = cmp_json($one, $two);
ok $code == 1 && $seen->{verdict} eq 'different' && !$seen->{same}, 'JSON says so too';
is "@{$seen->{links}{first}{site}} $seen->{links}{first}{direction}", '0 0 0 0 x', 'from the first link on';
is scalar @{$seen->{invariants}}, 8, 'eight kinds of invariants';
is scalar(grep { $_->{difference} <= $_->{limit} } @{$seen->{invariants}}), 0, 'all of which differ';
my $text = $out;
is plaq_on(2, 'cmp', '--json', $one, $two), 1, 'on 2 ranks: exit code 1';
is $out, $text, 'and the same bytes';

# ---- another gauge, and one link changed, by h5py ---------------------------------------------------------------------------
spew("$scratch/change.py", <<'PYTHON');
import shutil, sys
import h5py, numpy as np
source, gauge, turned = sys.argv[1:]
rng = np.random.default_rng(5)
for path in gauge, turned:
    shutil.copy(source, path)
    with h5py.File(path, "r+") as file:
        links = file["links"]
        for name in "checksum", "checksum_kind", "plaquette", "link_trace":
            del links.attrs[name]
        u = links[...]
        if path == gauge:
            g = np.linalg.qr(rng.normal(size=u.shape[:4] + (3, 3)) + 1j * rng.normal(size=u.shape[:4] + (3, 3)))[0]
            g[..., 0] /= np.linalg.det(g)[..., None]
            for mu in range(4):
                shifted = np.roll(g, -1, axis=3 - mu)
                u[..., mu, :, :] = g @ u[..., mu, :, :] @ np.conj(np.swapaxes(shifted, -1, -2))
        else:
            u[6, 1, 4, 3, 2] *= np.exp(1e-4j * np.array([1, -1, 0]))[:, None]
        links[...] = u
PYTHON
SKIP: {
    system('/usr/bin/python3', '-c', 'import h5py') == 0 or skip 'no h5py', 1;
    is system('/usr/bin/python3', "$scratch/change.py", $one, "$scratch/gauge.h5", "$scratch/turned.h5"), 0, 'h5py';
    ($code, $seen) = cmp_json($one, "$scratch/gauge.h5");
    is $code, 0, 'another gauge: exit code 0';
    is $seen->{verdict}, 'gauge', 'equal up to a gauge transformation';
    is $seen->{links}{beyond}, 4 * 4 * 6 * 2 * 8, 'though all links differ';
    is $seen->{plaquettes}{beyond}, 0, 'and no plaquette';
    plaq('cmp', $one, "$scratch/gauge.h5");
    like $out, qr/evidence, not proof/, 'it does not claim a proof';

    ($code, $seen) = cmp_json($one, "$scratch/turned.h5");
    is $code, 1, 'one link turned by 1e-4: exit code 1';
    is $seen->{links}{beyond}, 1, 'one link differs';
    is "@{$seen->{links}{first}{site}} $seen->{links}{first}{direction}", '3 4 1 6 z', 'which is the one';
    ok $seen->{links}{first}{difference} < 1e-4 && $seen->{links}{first}{difference} > 2e-5, 'by that much';
    is $seen->{plaquettes}{beyond}, 6, 'and the six plaquettes it is in';
    is plaq('cmp', '--tolerance', '1e-3', $one, "$scratch/turned.h5"), 0, 'a larger tolerance lets it pass';
}

# ---- what cannot be compared ------------------------------------------------------------------------------------------------
is plaq('generate', '-q', '--dims', '4,4,4,8', qw(--beta 5.5 --thermalise 1 --every 1 -o), "$scratch/m"), 0,
    'other extents';
is plaq('cmp', $one, "$scratch/m0001.h5"), 1, 'are different';
like $out, qr/^different: the extents are not the same$/m, 'and the words say why';
like $out, qr/4x6x2x8.*\n.*4x4x4x8/, 'with both extents';
is plaq('cmp', $one, "$scratch/absent"), 4, 'an absent file: exit code 4';
is plaq('cmp', $one), 2, 'one file alone: 2';
my $bytes = slurp("$scratch/one.ildg");
spew("$scratch/cut", substr $bytes, 0, length($bytes) / 2);
is plaq('cmp', $one, "$scratch/cut"), 3, 'a truncated file: 3';
spew("$scratch/text", 'not a configuration');
is plaq('cmp', "$scratch/text", $one), 3, 'a foreign file: 3';

# ---- other people's copies --------------------------------------------------------------------------------------------------
SKIP: {
    skip 'the shared test data is absent', 1 unless data('measured.tsv');
    for my $case (
        ['identical', 'milc/lat.sample.l4444', 'milc/lat.sample.l4444.ildg'],
        ['identical', 'milc/lat.sample.l4444', 'milc/lat.sample.l4444.scidac'],
        ['identical', 'milc/lat.sample.l4448', 'milc/lat.sample.l4448.scidac'],
        ['identical', 'milc/lat.sample.l4448', 'milc/lat.sample.l4448.foreign'],
        ['precision', 'milc/lat.sample.l4444', 'milc/lat.test.archive'],
        ['precision', 'analysistoolbox/nersc.l8t4b3360', 'analysistoolbox/ildg.l8t4b3360'],
        ['precision', 'chroma/t_nersc.cfg', 'qdpxx/t_dprec_ildg.lime'],
        ['gauge', 'milc/lat.sample.l4448', 'milc/lat.sample.l4448.gf'],
        ['different', 'cl2qcd/conf.00200', 'cl2qcd/conf.tmlqcd'],
        ['different', 'milc/lat.sample.l4448', 'chroma/gfix.cfg1'],
        ['extents', 'milc/lat.sample.l4444', 'milc/lat.sample.l4448'])
    {
        my ($verdict, @files) = @$case;
        ($code, $seen) = cmp_json(map { data($_) } @files);
        is $seen->{verdict}, $verdict, "@files: $verdict";
        is $code, $verdict =~ /different|extents/ ? 1 : 0, "@files: exit code";
    }
    my ($hirep, $openqcd) = map { "hirep/${_}_qcd1_pb_L8T8_b6.0_c1.234_k0.13_r0_id4n1" } 'HiRep', 'openQCD';
    for my $case (['identical', $hirep, $openqcd], ['gauge', 'chroma/test_purgaug.cfg1', 'chroma/gfix.cfg1']) {
        my ($verdict, @files) = @$case;
      SKIP: {
            skip "@files: a format that is not read", 1 if plaq('info', map { data($_) } @files);
            ($code, $seen) = cmp_json(map { data($_) } @files);
            is $seen->{verdict}, $verdict, "@files: $verdict";
        }
    }
    is plaq('cmp', '--dims', '4,4,4,8', '--raw', 'order=mu,t,z,y,x,row,col precision=f64 endian=little',
        data('easydistillation/weak_field.bin'), data('pyquda/weak_field.lime')), 0, 'a file without a header';
    like $out, qr/^identical/m, 'is that of another program with one';
    my @bad = (data('cl2qcd/conf.00200'), data('cl2qcd/conf.00200.badchecksum'));
    is plaq('cmp', @bad), 3, 'a file with a wrong checksum: 3';
    like $err, qr/--force compares it.*stored 46b62a47/, 'and says what to do, and what it is';
    is plaq('cmp', '--force', @bad), 0, 'with --force it is compared';
    like $out, qr/^identical/m, 'and found to be identical';
    like $err, qr/warning: .*badchecksum: .*checksum/, 'with a warning';
}
done_testing;
