#!/usr/bin/perl
# HDF5 files of other programs: PyQUDA, Qlua and QDP++ as their sources lay them out, written here by h5py from a
# configuration of ours, which must come back bit for bit on any number of ranks. No file of theirs was at hand.
use strict;
use warnings;
use lib 'tests/support';
use Plaq;
use Test::More;

plan skip_all => 'no h5py' if system('/usr/bin/python3', '-c', 'import h5py');

spew("$scratch/write.py", <<'PYTHON');
import sys
import h5py, numpy as np
source, folder = sys.argv[1:]
u = h5py.File(source)["links"][...]          # [t][z][y][x][mu][row][column]
T, Z, Y, X = u.shape[:4]

def compound(order, size, matrix):
    c = h5py.h5t.create(h5py.h5t.COMPOUND, 2 * size)
    number = {("<", 8): h5py.h5t.IEEE_F64LE, (">", 8): h5py.h5t.IEEE_F64BE, ("<", 4): h5py.h5t.IEEE_F32LE,
              (">", 4): h5py.h5t.IEEE_F32BE}[order, size]
    c.insert(b"r", 0, number)
    c.insert(b"i", size, number)
    return h5py.h5t.array_create(c, (3, 3)) if matrix else c

def matrices(group, name, values, order, size, committed):
    """A dataset of 3 x 3 arrays of {r, i} of a type that has a name, as Qlua and QDP++ write them."""
    kind = compound(order, size, True)
    root = group.file.id
    if committed.encode() not in root:
        kind.commit(root, committed.encode())
    kind = h5py.h5t.open(root, committed.encode())
    space = h5py.h5s.create_simple(values.shape[:-2])
    data = h5py.h5d.create(group.id, name.encode(), kind, space)
    data.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(values.astype("<c16")), compound("<", 8, True))
    return data

def rotated(words, n, sites):
    r = (sites % n).astype(np.uint32)
    back = np.where(r == 0, 0, words >> ((32 - r) % 32))
    return "%08x" % np.bitwise_xor.reduce(words << r | back)

def pyquda(path, dtype, check=True, lattice=None, damage=False):
    with h5py.File(path, "w") as file:
        group = file.create_group("LatticeColorMatrix")
        group.attrs["Annotation"] = ""
        group.attrs["Lattice"] = lattice or f"{X} {Y} {Z} {T}"
        group.attrs["Color"] = "3"
        for mu, label in enumerate("XYZT"):
            values = np.ascontiguousarray(u[..., mu, :, :].astype(dtype))
            group.create_dataset(label, values.shape, dtype)[...] = values
            if check:
                words = np.bitwise_xor.reduce(values.reshape(X * Y * Z * T, -1).view("<u4"), axis=1)
                sites = np.arange(X * Y * Z * T)
                group[label].attrs["sum29"] = rotated(words, 29, sites)
                group[label].attrs["sum31"] = rotated(words, 31, sites)
        if damage:
            group["Z"][1, 0, 1, 0, 2, 2] *= 1.0000001

def qlua(path, size, kind=b"LatticeColorMatrix", sets=4, twice=False):
    with h5py.File(path, "w") as file:
        for name in ("gauge/u0000", "gauge/u0001")[:1 + twice]:
            group = file.create_group(name)
            for mu in range(sets):
                values = u[..., mu, :, :].transpose(3, 2, 1, 0, 4, 5)
                data = h5py.Dataset(matrices(group, str(mu), values, ">", size, ".ColorMatrixDouble3"))
                text = h5py.h5t.C_S1.copy()
                text.set_size(len(kind))
                h5py.h5a.create(data.id, b".kind", text, h5py.h5s.create(h5py.h5s.SCALAR)).write(np.array(kind), mtype=text)
                data.attrs.create(".sha256", np.zeros(32, "u1"))

def qdpxx(path, order, size, colours=4):
    with h5py.File(path, "w") as file:
        group = file.create_group("cfg").create_group("100")
        group["plaq"] = 0.5
        matrices(group, "u", u[..., :colours, :, :], order, size, ".ColorMatrixDouble3")

pyquda(f"{folder}/pyquda.f64", "<c16")
pyquda(f"{folder}/pyquda.f32", "<c8")
pyquda(f"{folder}/pyquda.unchecked", "<c16", check=False)
pyquda(f"{folder}/pyquda.damaged", "<c16", damage=True)
pyquda(f"{folder}/pyquda.extents", "<c16", lattice=f"{Y} {X} {Z} {T}")
qlua(f"{folder}/qlua.f64", 8)
qlua(f"{folder}/qlua.f32", 4)
qlua(f"{folder}/qlua.twice", 8, twice=True)
qlua(f"{folder}/qlua.kind", 8, kind=b"LatticeDiracProp")
qlua(f"{folder}/qlua.three", 8, sets=3)
qdpxx(f"{folder}/qdpxx.f64", "<", 8)
qdpxx(f"{folder}/qdpxx.big", ">", 8)
qdpxx(f"{folder}/qdpxx.f32", "<", 4)
qdpxx(f"{folder}/qdpxx.three", "<", 8, colours=3)
PYTHON

is plaq('generate', '-q', '--dims', '8,6,2,4', qw(--beta 5.5 --thermalise 3 --every 1 -o), "$scratch/n"), 0, 'a configuration';
my $source = "$scratch/n0001.h5";
is system('/usr/bin/python3', "$scratch/write.py", $source, $scratch), 0, 'the same as others write it';
is plaq('convert', '--precision', 'f32', $source, "$scratch/f32.h5"), 0, 'and in 32 bit';

my %called = (pyquda => 'PyQUDA HDF5', qlua => 'Qlua HDF5', qdpxx => 'QDP++ HDF5');
for my $file (qw(pyquda.f64 pyquda.f32 pyquda.unchecked qlua.f64 qlua.f32 qlua.twice qdpxx.f64 qdpxx.big qdpxx.f32)) {
    my ($program) = $file =~ /^(\w+)/;
    my $own = $file =~ /f32/ ? "$scratch/f32.h5" : $source;
    is plaq('check', '--json', "$scratch/$file"), 0, "$file is good";
    my ($seen) = json_lines();
    is $seen->{format}, $called{$program}, "$file: format";
    is "@{$seen->{dims}}", '8 6 2 4', "$file: extents";
    is $seen->{precision}, $file =~ /f32/ ? 'f32' : 'f64', "$file: precision";
    is $seen->{checksum}{kind}, $file =~ /pyquda\.f/ ? 'pyquda' : undef, "$file: checksum";
    for my $ranks ($file =~ /f64/ ? (1, 2, 4) : 1) {
        is(($ranks > 1 ? plaq_on($ranks, 'cmp', $own, "$scratch/$file") : plaq('cmp', $own, "$scratch/$file")), 0,
            "$file on $ranks ranks");
        like $out, qr/^identical/m, "$file on $ranks ranks: the same bits";
    }
    local $ENV{PLAQ_MPI_IO} = 'off';
    local $ENV{OMPI_MCA_io} = 'none_such'; # and MPI-IO would not work
    is plaq_on(2, 'cmp', $own, "$scratch/$file"), 0, "$file on 2 ranks without MPI-IO";
    like $out, qr/^identical/m, "$file without MPI-IO: the same bits";
}
spew("$scratch/run.yaml", "ensemble: {configs: $scratch/qdpxx.f64}\nmeasure: [plaquette]\noutput: $scratch/results\nmpi_io: false\n");
{
    local $ENV{OMPI_MCA_io} = 'none_such';
    is plaq_on(2, 'measure', "$scratch/run.yaml"), 0, 'a run file without MPI-IO measures' or diag $err;
}
is plaq('info', "$scratch/qlua.twice"), 0, 'a file with two gauge fields';
like $out, qr/2 gauge fields in the file: gauge\/u0000 is taken/, 'says which is taken';

is plaq('check', "$scratch/pyquda.damaged"), 3, 'a damaged link';
like $out, qr/checksum \(pyquda\): stored/, 'is found by PyQUDA\'s checksum';
is plaq('check', "$scratch/pyquda.extents"), 3, 'extents that are not those of the datasets';
like $out, qr/attribute Lattice of LatticeColorMatrix is '6 8 2 4', its datasets have extents 8 6 2 4/, 'are named';
for my $file (qw(qlua.kind qlua.three qdpxx.three)) {
    is plaq('check', "$scratch/$file"), 3, "$file is no gauge field";
    like $out, qr/without a gauge field of PyQUDA, Qlua or QDP\+\+/, "$file: the message says so";
}

# every allocation and operation fails once, and each time there are words and nothing hangs
for my $file (qw(pyquda.f32 qlua.f32 qdpxx.f32)) {
    my ($n, $code, @odd) = (0, 1);
    while ($code != 0 && $n < 3000) {
        local $ENV{PLAQ_FAULT} = ++$n;
        $code = plaq('check', '-v', "$scratch/$file");
        push @odd, "$n: $code" unless $code =~ /^[0346]$/;
        push @odd, "$n: $1" if $err =~ /(\d+ blocks of memory.*)/;
        push @odd, "$n: no words" if $code && $err !~ /plaq: error: \S/;
    }
    is "@odd", '', "$file: each of $n fault points ends in a message";
}
done_testing;
