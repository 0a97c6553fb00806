#!/usr/bin/perl
# Every run file in inputs/ (the analysis there: analyze.t) is one that users copy: it fits the published schema, can be planned, and measures what it
# says, here on a tiny ensemble. The schema, in turn, refuses what plaq refuses.
use strict;
use warnings;
use File::Temp 'tempdir';
use Test::More;

my $plaq = ($ENV{PLAQ_BUILD} // 'build') . '/plaq';
my $python = '/usr/bin/python3';
my $scratch = tempdir(CLEANUP => 1);

sub run { my $out = `@_ 2>&1`; return ($? >> 8, $out) }
sub spit { open my $file, '>', $_[0] or die "$_[0]: $!"; print $file $_[1]; close $file }

spit("$scratch/fits.py", <<'END');
import json, sys, yaml, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(yaml.safe_load(open(sys.argv[2])), schema)
END
spit("$scratch/look.py", <<'END');
import glob, sys, h5py, numpy
paths = sorted(glob.glob(sys.argv[1] + "/*.h5"))
for path in paths:
    with h5py.File(path) as result:
        for name in sys.argv[2:]:
            for output in result[name].values():
                assert "NaN where" in output.attrs["doc"] or numpy.all(numpy.isfinite(output[()])), (path, output.name)
                assert output.attrs["doc"] and output.attrs["unit"], (path, output.name)
print(len(paths))
END

is +(run("$plaq generate -q --dims 4,4,4,4 --beta 6 --configs 2 --thermalise 1 --every 1 --over-relax 1",
         "--output $scratch/cfg/n"))[0], 0, 'a tiny ensemble';
spit("$scratch/schema.json", scalar `$plaq schema`);

for my $file (grep { $_ ne 'inputs/analysis.yaml' } sort glob 'inputs/*.yaml') {
    my $results = "$scratch/" . $file =~ s/\W/_/gr;
    my @words = ($file, "'ensemble.configs=$scratch/cfg/n*'", "output=$results");
    # what is written goes there too
    push @words, do { open my $run, '<', $file or die; map { /^  (\w+): .*\bwrite: / ? "gauge.$1.write.folder=$results.$1" : () } <$run> };
    my @measurements = do { open my $run, '<', $file or die; map { /^  - (\w+)(?:: \{.*\bas: (\w+))?/ ? $2 // $1 : () } <$run> };

    my ($status, $out) = run("$python $scratch/fits.py $scratch/schema.json $file");
    is $status, 0, "$file fits the schema" or diag $out;
    ($status, $out) = run($plaq, 'plan', @words);
    is $status, 0, "$file can be planned" or diag $out;
    like $out, qr/2 configurations/, "$file: the plan finds the ensemble";
    ($status, $out) = run($plaq, 'measure', @words);
    is $status, 0, "$file can be measured" or diag $out;
    ok @measurements > 0, "$file: measures @measurements";
    ($status, $out) = run("$python $scratch/look.py $results @measurements");
    is $out, "2\n", "$file: the results open with h5py, finite and documented";
}

# What plaq refuses, the schema refuses.
for my $wrong ('measure: [plaquete]', 'measure: [plaquette: {r_max: 1}]', 'precision: half', 'outputs: elsewhere') {
    my $key = $wrong =~ s/:.*//r;
    open my $good, '<', 'inputs/gauge.yaml' or die;
    my $text = join '', grep { !/^$key:/ && !($key eq 'measure' && /^  - /) } <$good>;
    spit("$scratch/wrong.yaml", "$text$wrong\n");
    isnt +(run("$python $scratch/fits.py $scratch/schema.json $scratch/wrong.yaml"))[0], 0, "the schema refuses $wrong";
    is +(run("$plaq plan $scratch/wrong.yaml"))[0], 2, "and so does plaq";
}
done_testing;
