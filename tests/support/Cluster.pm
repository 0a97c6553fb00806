# What the tests of hosts, batch systems and containers share: use lib 'tests/support'; use Plaq; use Cluster;
#
# The machines are made by three scripts outside the project (fake hosts, a Slurm of them, containers), looked for in
# PLAQ_TOOLS, by default ../shared/tools. A test that lacks them, or their packages, or root, is skipped with a word.
package Cluster;
use strict;
use warnings;
use Cwd 'abs_path';
use Exporter 'import';
use Plaq;
use Test::More;

our @EXPORT = qw(tool need need_root within same_numbers stamps python);

sub tool {
    my ($name) = @_;
    my $path = ($ENV{PLAQ_TOOLS} // '../shared/tools') . "/$name";
    plan skip_all => "no $name in PLAQ_TOOLS" unless -x $path;
    return abs_path($path);
}

sub need {
    for my $program (@_) {
        next if grep { -x "$_/$program" } split(/:/, $ENV{PATH}), '/usr/sbin', '/sbin';
        plan skip_all => "no $program here (scripts/packages cluster)";
    }
}

sub need_root { plan skip_all => 'not root' if $> != 0 }

# Runs a command line for so many seconds at most; its exit code, 124 where it took longer.
sub within { my $seconds = shift; return Plaq::run('timeout', '-k', 10, $seconds, @_) }

sub python { my $code = shift; Plaq::run('/usr/bin/python3', '-c', $code, @_) == 0 or diag $err; return $out }

# Whether two folders of results have the same files with the same bits in all measured numbers, but for a measurement
# that is named; else the first difference in words.
sub same_numbers {
    return python(<<'END', @_);
import glob, os, sys
import h5py

folders, leave_out = sys.argv[1:3], tuple(sys.argv[3:]) + ("provenance",)

def numbers(path):
    found = {}
    with h5py.File(path, "r") as f:
        f.visititems(lambda name, item: found.update({name: item[()].tobytes()})
                     if isinstance(item, h5py.Dataset) and not name.startswith(leave_out) else None)
    return found

names = [sorted(os.path.basename(p) for p in glob.glob(folder + "/*.h5")) for folder in folders]
if names[0] != names[1] or not names[0]: print("files:", *names); sys.exit()
for name in names[0]:
    a, b = (numbers(folder + "/" + name) for folder in folders)
    bad = [key for key in sorted(set(a) | set(b)) if a.get(key) != b.get(key)]
    if bad or not a: print(name, bad or "no numbers"); sys.exit()
print("same", end="")
END
}

# Results as path => "inode time of writing"
sub stamps { return map { $_ => join ' ', (stat)[1, 9] } glob "$_[0]/*.h5" }

1;
