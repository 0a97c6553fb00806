#!/usr/bin/perl
# plaq schema is a JSON Schema that the run files we ship satisfy and that refuses what the reader refuses.
use strict;
use warnings;
use lib 'tests/support';
use JSON::PP;
use Plaq;
use Test::More;

my $python = '/usr/bin/python3';
plan skip_all => 'python3-jsonschema or python3-yaml is absent'
    if system("$python -W ignore -c 'import jsonschema, yaml' 2>/dev/null");

is plaq('schema'), 0, 'plaq schema';
is $err, '', 'without a word on stderr';
ok eval { decode_json($out) }, 'prints JSON';
spew("$scratch/schema.json", $out);
spew("$scratch/validate.py", <<'END');
import json, sys, jsonschema, yaml
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
errors = list(jsonschema.Draft202012Validator(schema).iter_errors(yaml.safe_load(open(sys.argv[2]))))
for error in errors:
    print(error.message)
sys.exit(bool(errors))
END

sub validate { return system("$python -W ignore $scratch/validate.py $scratch/schema.json $_[0] >$scratch/words 2>&1") >> 8 }

for my $input (grep { $_ ne 'inputs/analysis.yaml' } glob 'inputs/*.yaml') {
    is validate($input), 0, "$input satisfies the schema" or diag slurp("$scratch/words");
}

# The schema and the reader are of one mind about each of these. The reader fails in another way (no such files) where
# the text is good: its words about the text are what counts.
my $head = "ensemble: {name: test, configs: none/*}\n";
my @good = ($head . "measure: [plaquette]\noutput: out\n", $head . "measure:\n  - plaquette:\n  - clover: {}\noutput: out\n",
    $head . "measure:\n  - plaquette: {as: first}\n  - plaquette: {as: second}\noutput: out\nprecision: single\ngrid: [1, 1, 1, 1]\n",
    "ensemble: {configs: [a, b*, {pattern: 'n{n}', first: 1, last: 9}]}\nmeasure: [clover]\noutput: out\n",
    "ensemble:\n  dims: [4, 4, 4, 8]\n  configs: {pattern: 'n{n}', first: 1, last: 9, step: 2}\nmeasure: [clover]\noutput: out\n",
    $head . "gauge: {a: {reunitarise: {}}}\nmeasure: [clover: {links: a}, plaquette: {links: links}]\noutput: out\n",
    $head . "gauge:\n  a: {from: b_1, reunitarise: , write: {folder: x, format: nersc}}\n  b_1:\n    reunitarise:\n"
        . "measure: [clover]\noutput: out\n",
    $head . "measure: [clover]\noutput: out\nquarks: {a: {kappa: 0.1, save: {folder: x, format: qio, precision: single}}}\n");
my @bad = ($head . "measure: [plaquette]\n", "measure: [plaquette]\noutput: out\n", $head . "output: out\n",
    $head . "measure: []\noutput: out\n", $head . "measure: [plaqette]\noutput: out\n",
    $head . "measure: [{plaqette: {}}]\noutput: out\n", $head . "measure: [{plaquette: {no_such_key: 1}}]\noutput: out\n",
    $head . "measure: [{plaquette: {}, clover: {}}]\noutput: out\n", $head . "measure: [plaquette]\noutptu: out\noutput: out\n",
    $head . "measure: [plaquette]\noutput: out\nprecision: quadruple\n",
    $head . "measure: [plaquette]\noutput: out\ngrid: [1, 1, 2]\n", $head . "measure: [{plaquette: {as: 'a/b'}}]\noutput: out\n",
    "ensemble: {name: test}\nmeasure: [plaquette]\noutput: out\n",
    "ensemble: {configs: {pattern: 'n{n}', frist: 1, last: 9}}\nmeasure: [plaquette]\noutput: out\n",
    "ensemble: {configs: a, dims: [4, 4, 4, four]}\nmeasure: [plaquette]\noutput: out\n",
    map({ $head . "measure: [clover]\noutput: out\ngauge: $_\n" } '{links: {reunitarise: {}}}', '{a: {}}', '{a: {from: links}}',
        '{a/b: {reunitarise: {}}}', '{a: {reunitarize: {}}}', '{a: {reunitarise: {rho: 1}}}', 'a', '{a: reunitarise}',
        '{a: {reunitarise: {}, write: {}}}', '{a: {reunitarise: {}, write: {folder: x, format: mlic}}}',
        '{a: {reunitarise: {}, write: {folder: x, precision: half}}}', '{a: {reunitarise: {}, form: links}}'),
    map({ $head . "measure: [clover]\noutput: out\nquarks: {a: {kappa: 0.1, save: $_}}\n" } '{}', 'x', '{format: qio}',
        '{folder: x, format: qdpxx}', '{folder: x, precision: half}', '{folder: x, form: qio}'),
    $head . "measure: [clover: {links: [a]}]\noutput: out\n");
for my $case ((map { [$_, 0] } @good), (map { [$_, 1] } @bad)) {
    my ($text, $wrong) = @$case;
    spew("$scratch/run.yaml", $text);
    is validate("$scratch/run.yaml"), $wrong, ($wrong ? 'refuses ' : 'accepts ') . $text =~ s/\n/ | /gr
        or diag slurp("$scratch/words");
    my $code = plaq('plan', "$scratch/run.yaml");
    if ($wrong) {
        is $code, 2, 'and so does the reader';
        like $err, qr/run\.yaml:\d+:\d+: /, 'with line and column';
    } else {
        unlike $err, qr/unknown|missing|expected a|expected one/, 'and so does the reader';
    }
}

# The same of analysis files.
is plaq('schema', '--analysis'), 0, 'plaq schema --analysis';
spew("$scratch/schema.json", $out);
is validate('inputs/analysis.yaml'), 0, 'inputs/analysis.yaml satisfies it' or diag slurp("$scratch/words");
for my $case (
    ["results: none\nquantities: {a: {mean: b.c}}\n", 0],
    ["results: {x: [none, {path: none, format: plaq, first: 3, skip: '3, 5-6'}]}\nmethod: {kind: jackknife}\nquantities: {a: {mean: {of: b.c}}}\n", 0],
    ["results: none\nquantities: {a: {fit: {of: [b, c], scan: {first: [1, 2]}}}, b: {expression: a}}\n", 0],
    ["results: none\n", 1], ["quantities: {a: {mean: b.c}}\n", 1], ["results: []\nquantities: {a: {mean: b.c}}\n", 1],
    ["results: none\nquantities: {a: {maen: b.c}}\n", 1], ["results: none\nquantities: {a: {mean: {}}}\n", 1],
    ["results: none\nquantities: {a: {mean: {of: b.c, fold: yes}}}\n", 1],
    ["results: none\nquantities: {a: {mean: {of: b.c}, fit: {of: b}}}\n", 1],
    ["results: none\nquantities: {a: {fit: {first: 1}}}\n", 1],
    ["results: none\nmethod: {windwo: 1}\nquantities: {a: {mean: b.c}}\n", 1],
    ["results: {path: none, format: plak}\nquantities: {a: {mean: b.c}}\n", 1],
) {
    my ($text, $wrong) = @$case;
    spew("$scratch/analysis.yaml", $text);
    is validate("$scratch/analysis.yaml"), $wrong, ($wrong ? 'refuses ' : 'accepts ') . $text =~ s/\n/ | /gr
        or diag slurp("$scratch/words");
    plaq('analyze', "$scratch/analysis.yaml");
    if ($wrong) {
        like $err, qr/analysis\.yaml:\d+:\d+: /, 'and so does the reader, with line and column';
    } else {
        like $err, qr/none/, 'and so does the reader: there are no such results';
    }
}
done_testing;
