#!/usr/bin/perl
# `make layers` passes on the tree, and sees an arrow that climbs, a private header of another room, a library's
# header in a room it does not belong to, and a room nobody named.
use strict;
use warnings;
use File::Path 'make_path';
use File::Temp 'tempdir';
use Test::More;

my $copy = tempdir(CLEANUP => 1);
system("cp -r LAYERS src include scripts $copy/ && if [ -d io ]; then cp -r io $copy/; fi") == 0 or die;

sub layers { my $out = `scripts/layers $_[0]`; return ($? >> 8, $out) }

sub plant {
    my ($path, $line, $says, $name) = @_;
    make_path("$copy/" . $path =~ s{/[^/]*$}{}r);
    open my $file, '>', "$copy/$path" or die "$path: $!";
    print $file "$line\n";
    close $file;
    my ($status, $out) = layers($copy);
    is $status, 1, "$name: refused";
    like $out, qr/^\Q$path\E:1: .*$says/m, "$name: the arrow is named";
    unlink "$copy/$path";
}

my ($status, $out) = layers('.');
is $status, 0, 'no include of the tree climbs' or diag $out;
is((layers($copy))[0], 0, 'nor one of its copy');

plant('src/lattice/planted.c', '#include "plaq/gauge.h"', 'lattice -> gauge', 'lattice includes gauge');
plant('src/base/planted.h', '#include "plaq/par.h"', 'base -> par', 'base includes par');
plant('src/observable/planted.c', '  #  include "plaq/io.h"', 'observable -> io', 'an observable includes io');
plant('include/plaq/conf.h', '#include "plaq/run.h"', 'conf -> run', 'a public header includes a higher one');
system("cp include/plaq/conf.h $copy/include/plaq/") == 0 or die;
plant('src/gauge/planted.c', '#include "../par/private.h"', 'not to be found', 'a header that is not there');
plant('src/gauge/planted.c', '#include <mpi.h>', 'belongs to', 'MPI in gauge');
plant('src/cli/planted.c', '#include <yaml.h>', 'belongs to', 'YAML in cli');
plant('src/attic/planted.c', '#include "plaq/base.h"', 'no room attic', 'a room nobody named');
open my $private, '>', "$copy/src/lattice/private_planted.h" or die;
close $private;
plant('src/gauge/planted.c', '#include "lattice/private_planted.h"', 'private header of lattice',
    'a private header of a room below');
is((layers($copy))[0], 0, 'with all plants gone it passes again');
done_testing;
