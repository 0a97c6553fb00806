"""Results of plaq as numpy arrays.

    import plaq                                    # with this folder in PYTHONPATH
    results = plaq.read("demo/spectrum")           # a folder of results, or a gather: plaq gather RESULTS -o FILE.h5
    pion = results["meson/correlator"].pick(pair="g5-g5", sink="wide", p="0 0 0").mean("source")
    pion.values                                    # [configuration][t]
    mass, error = plaq.jackknife(lambda c: np.log(c[:-1] / c[1:]), pion.values.real)

A folder is gathered first, by the program plaq: what is mixed, missing or there twice is refused or warned of there, and
names of entries are the same everywhere. The program is $PLAQ, build/plaq beside this folder, or plaq in the PATH; to read
a gather none is needed. Needs numpy and h5py.
"""
import os
import shutil
import subprocess
import tempfile

import h5py
import numpy as np


class Array:
    """Numbers of an output: values[configuration][...] and what they are.

    name             "meson/correlator"
    values           the first axis is the configuration
    axes             names of the other axes: ["source", "sink", "pair", "p", "t"]
    labels           {axis: names of its entries}, of the axes whose entries have names
    configurations   their numbers; replica: "" where there is one alone
    unit, doc        what the numbers are
    """

    def __init__(self, name, values, axes, labels, configurations, replica, unit, doc):
        self.name, self.values, self.axes, self.labels = name, values, list(axes), dict(labels)
        self.configurations, self.replica, self.unit, self.doc = configurations, replica, unit, doc

    def __repr__(self):
        shape = ", ".join(f"{axis} {n}" for axis, n in zip(["configuration"] + self.axes, self.values.shape))
        return f"<{self.name} [{shape}] unit {self.unit}>"

    def _with(self, values, without):
        axes = [axis for axis in self.axes if axis != without]
        labels = {axis: names for axis, names in self.labels.items() if axis != without}
        return Array(self.name, values, axes, labels, self.configurations, self.replica, self.unit, self.doc)

    def _place(self, axis):
        if axis not in self.axes:
            raise KeyError(f"{self.name}: no axis {axis}; there are {', '.join(self.axes) or 'none'}")
        return 1 + self.axes.index(axis)

    def _index(self, axis, entry):
        if isinstance(entry, str):
            names = self.labels.get(axis, [])
            if entry not in names:
                raise KeyError(f"{self.name}: {axis} has no {entry!r}; there are {', '.join(names) or 'no names'}")
            return names.index(entry)
        if not -self.values.shape[self._place(axis)] <= entry < self.values.shape[self._place(axis)]:
            raise IndexError(f"{self.name}: {axis} {entry}, there are {self.values.shape[self._place(axis)]}")
        return entry

    def pick(self, **entries):
        """One entry of each axis named, by its label or number: pick(pair="g5-g5", sink=0)."""
        array = self
        for axis, entry in entries.items():
            place = array._place(axis)
            array = array._with(array.values.take(array._index(axis, entry), axis=place), axis)
        return array

    def mean(self, *axes):
        """The mean over axes, all entries alike: mean("source")."""
        array = self
        for axis in axes:
            array = array._with(array.values.mean(axis=array._place(axis)), axis)
        return array


class Results(dict):
    """The outputs of an ensemble by name, "plaquette/mean".

    ensemble         its name
    configurations   their numbers, an array; replica: texts, one a configuration
    parameters       {measurement: its parameters, one a line}
    provenance       {fact: value, or an array with one a configuration}; "run/..." of the runs that measured it
    """


def read(path, program=None):
    """Results of a folder as `plaq measure` leaves it, or of a gather."""
    if not os.path.isdir(path):
        return _read_gather(path)
    with tempfile.TemporaryDirectory() as folder:
        gather = os.path.join(folder, "gather.h5")
        command = [program or _program(), "gather", path, "-o", gather]
        done = subprocess.run(command, stdout=subprocess.DEVNULL)  # warnings and errors go where ours do
        if done.returncode != 0:
            raise RuntimeError(f"{path}: {' '.join(command)}: exit code {done.returncode}")
        return _read_gather(gather)


def _program():
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "build", "plaq")
    program = os.environ.get("PLAQ") or (beside if os.access(beside, os.X_OK) else shutil.which("plaq"))
    if not program:
        raise RuntimeError("no program plaq in $PLAQ, build or the PATH: make a gather elsewhere, and read that")
    return program


def _read_gather(path):
    with h5py.File(path, "r") as file:
        if _value(file.attrs.get("format", "")) != "plaq gather 1":
            raise ValueError(f"{path}: format {_value(file.attrs.get('format', ''))!r}, expected 'plaq gather 1'")
        results = Results()
        results.ensemble = _value(file.attrs["ensemble"])
        results.configurations, results.replica = _chain(file)
        results.provenance = _facts(file["provenance"])
        results.parameters = {}
        for name, group in file.items():
            if name == "provenance" or not isinstance(group, h5py.Group):
                continue
            results.parameters[name] = _value(group.attrs["parameters"])
            chain = _chain(group) if "configurations" in group else (results.configurations, results.replica)
            for output, data in group.items():
                if "axes" in data.attrs:
                    results[f"{name}/{output}"] = _array(f"{name}/{output}", data, *chain)
    return results


def _chain(group):
    configurations = group["configurations"][()]
    replica = [_value(r) for r in group["replica"][()]] if "replica" in group else [""] * len(configurations)
    return configurations, replica


def _array(name, data, configurations, replica):
    axes = _value(data.attrs["axes"]).split()[1:]
    labels = {axis: _value(data.attrs[f"labels_{axis}"]).split("\n") for axis in axes if f"labels_{axis}" in data.attrs}
    return Array(name, data[()], axes, labels, configurations, replica, _value(data.attrs["unit"]),
                 _value(data.attrs["doc"]))


def _facts(group, prefix=""):
    facts = {prefix + name: _value(value) for name, value in group.attrs.items()}
    for name, entry in group.items():
        if isinstance(entry, h5py.Group):
            facts.update(_facts(entry, f"{prefix}{name}/"))
        else:
            facts[prefix + name] = np.array([_value(v) for v in entry[()]])
    return facts


def _value(value):
    """Texts as str, numbers as they are."""
    return value.decode() if isinstance(value, bytes) else value


def jackknife(function, *arrays, block=1):
    """function of the means of arrays [configuration][...], and its error.

    Blocks of so many configurations are left out at a time, the rest that makes no block is not used; for errors that
    know about autocorrelations by themselves there is plaq analyze.
    """
    n = len(arrays[0]) // block
    if n < 2 or any(len(a) != len(arrays[0]) for a in arrays):
        raise ValueError(f"{[len(a) for a in arrays]} configurations in blocks of {block}: expected two blocks or more, "
                         "and as many of each")
    blocks = [np.asarray(a)[: n * block].reshape(n, block, *np.shape(a)[1:]).mean(axis=1) for a in arrays]
    left_out = np.array([function(*[(b.sum(axis=0) - b[i]) / (n - 1) for b in blocks]) for i in range(n)])
    return function(*[b.mean(axis=0) for b in blocks]), np.sqrt((n - 1) * left_out.var(axis=0))


def value(mean, error):
    """1.234(56): the error in units of the last digit, two of its digits."""
    if not np.isfinite(mean):
        return "-"
    if not np.isfinite(error) or error <= 0:
        return f"{mean:.4f}"
    digits = max(0, 1 - int(np.floor(np.log10(error))))
    return f"{mean:.{digits}f}({round(error * 10**digits)})"
