#!/usr/bin/perl
# Values out and in again, as users do it: what `plaq analyze` writes for pyerrors is valid by the published schema, is
# what Python sees in it, and has the same values and errors when it is analysed again, in every format that keeps
# fluctuations.
use strict;
use warnings;
use lib 'tests/support';
use JSON::PP;
use Plaq;
use Test::More;

my @chain = split ' ', 'generate --dims 4,4,4,6 --beta 5.9 --thermalise 10 --every 1 -n 24 -o';
is plaq(@chain, "$scratch/cfg/b5.9r0n"), 0, 'a chain';
spew("$scratch/run.yaml", "ensemble: {name: quenched, configs: $scratch/cfg/*.h5}\nmeasure: [plaquette]\n"
    . "output: $scratch/results\n");
is plaq('measure', "$scratch/run.yaml"), 0, 'measured' or diag $err;

# Values and errors of quantities by name
sub analysed {
    my ($path, @words) = @_;
    is plaq('analyze', $path, '--json', @words), 0, "analysed $path" or diag $err;
    return map { $_->{name} => $_ } @{decode_json($out)->{quantities}};
}
my @observables = ('--observable', 'plaquette.mean,plaquette.planes');
my %first = analysed("$scratch/results", @observables);
cmp_ok scalar(keys %first), '==', 2, 'two quantities';

for my $ending (qw(json.gz xml.gz h5)) {
    is plaq('analyze', "$scratch/results", @observables, '--output', "$scratch/out.$ending"), 0, "written as $ending"
        or diag $err;
    my %again = analysed("$scratch/out.$ending", '--observable', join ',', sort keys %first);
    for my $name (sort keys %first) {
        for my $part (qw(value error)) {
            my ($seen, $wanted) = map { [map { $_->{$part} } @{$_->{$name}{entries}}] } \%again, \%first;
            is scalar @$seen, scalar @$wanted, "$ending: entries of $name";
            my ($worst) = sort { $b <=> $a } map { abs($seen->[$_] / $wanted->[$_] - 1) } 0 .. $#$wanted;
            cmp_ok $worst, '<', $part eq 'value' ? 1e-15 : 1e-12, "$ending: $part of $name";
        }
    }
}

# ---- what Python sees --------------------------------------------------------------------------------------------------
my $script = <<'END';
import gzip, json, jsonschema, sys
seen = json.load(gzip.open(sys.argv[1]))
jsonschema.Draft7Validator(json.load(open(sys.argv[2]))).validate(seen)
for o in seen['obsdata']:
    replica = o['data'][0]['replica'][0]
    print(o['type'], o['layout'], o['tag'][0], o['data'][0]['id'], replica['name'], len(replica['deltas']))
    for i, value in enumerate(o['value']):
        sum_ = sum(row[1 + i] for row in replica['deltas'])
        assert abs(sum_) < 1e-12 and all(len(row) == 1 + len(o['value']) for row in replica['deltas'])
END
spew("$scratch/look.py", $script);
SKIP: {
    my $schema = data('pyerrors/json_schema.json') or skip 'the shared test data is absent', 2;
    my $seen = `/usr/bin/python3 $scratch/look.py $scratch/out.json.gz $schema 2>&1`;
    is $?, 0, 'valid by the schema of pyerrors' or diag $seen;
    like $seen, qr/^Obs 1 \S*mean quenched quenched\|r0 24\nList 6 \S*planes quenched quenched\|r0 24\n$/, 'what is in it';
}
done_testing;
