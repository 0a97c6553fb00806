#!/usr/bin/perl
# What `make install` puts down works from there: the program, the man page, the completion, and a small program built
# against the library with what pkg-config says, shared and static.
use strict;
use warnings;
use File::Temp 'tempdir';
use Test::More;

my $root = tempdir(CLEANUP => 1);
my $build = $ENV{PLAQ_BUILD} // 'build';
my $prefix = "$root/opt/plaq";
my @flags = $build =~ /san$/ ? ('SAN=address,undefined', 'OPT=-O2') : ();

is system("make --no-print-directory BUILD=$build @flags PREFIX=$prefix install >$root/log 2>&1"), 0, 'make install'
    or diag `cat $root/log`;
ok -s "$prefix/$_", "$_ is there"
    for qw(bin/plaq lib/libplaq.a lib/libplaq.so lib/pkgconfig/plaq.pc include/plaq/plaq.h share/man/man1/plaq.1
           share/bash-completion/completions/plaq);

like `$prefix/bin/plaq --version`, qr/^plaq \d+\.\d+\.\d+/, 'the installed program runs';
is `mandoc -T lint -W error $prefix/share/man/man1/plaq.1 2>&1`, '', 'the man page has no errors';
is system('bash', '-n', "$prefix/share/bash-completion/completions/plaq"), 0, 'the completion is good bash';

open my $source, '>', "$root/user.c" or die;
print $source <<'END';
#include <stdio.h>
#include <plaq/plaq.h>

int main(int argc, char **argv)
{
    plaq_comm *world = NULL;
    plaq_lattice *lattice = NULL;
    plaq_gauge *u = NULL;
    double planes[6];

    if (plaq_par_start(&argc, &argv, &world) != PLAQ_OK) return 1;
    if (plaq_lattice_create(world, (int[]){4, 4, 4, 8}, NULL, 0, &lattice) != PLAQ_OK) return 2;
    if (plaq_gauge_create(lattice, PLAQ_DOUBLE, &u) != PLAQ_OK) return 3;
    if (plaq_gauge_plaquette(u, planes, NULL) != PLAQ_OK) return 4;
    printf("%.3f\n", planes[3]);
    plaq_gauge_destroy(&u);
    plaq_lattice_destroy(&lattice);
    plaq_par_stop(&world);
    return 0;
}
END
close $source;

SKIP: {
    skip 'a library with sanitizers is linked by its own build alone', 4 if @flags;
    $ENV{PKG_CONFIG_PATH} = "$prefix/lib/pkgconfig";
    my $cc = "gcc -o $root/user $root/user.c";
    is system("$cc \$(pkg-config --cflags --libs plaq)"), 0, 'a program builds against the shared library';
    is `LD_LIBRARY_PATH=$prefix/lib $root/user`, "1.000\n", 'and runs: the free plaquette is one';
    is system("$cc \$(pkg-config --cflags plaq) $prefix/lib/libplaq.a \$(pkg-config --libs --static plaq)"), 0,
        'one builds against the static library';
    is `LD_LIBRARY_PATH=$prefix/lib $root/user`, "1.000\n", 'and runs';
}

is system("make --no-print-directory BUILD=$build @flags DESTDIR=$root/stage PREFIX=/usr install >$root/log 2>&1"), 0,
    'make install DESTDIR=';
ok -x "$root/stage/usr/bin/plaq", 'goes below DESTDIR';
like do { local (@ARGV, $/) = "$root/stage/usr/lib/pkgconfig/plaq.pc"; <> }, qr{^prefix=/usr$}m,
    'and speaks of PREFIX alone';
done_testing;
