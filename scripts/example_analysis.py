# %% [markdown]
# # From results to numbers, by hand
#
# What `plaq analyze` does in one line a quantity, step by step, for those who go on by themselves. After `make demo` and
# `plaq measure inputs/spectrum.yaml`, run it as it is, `python3 scripts/example_analysis.py`, or cell by cell in an editor
# that knows `# %%` (VS Code, Spyder, PyCharm; jupytext makes a notebook of it). Other folders: in place of `demo`.

# %%
import sys

import numpy as np

import plaq  # scripts/plaq.py: run from there, or put scripts in PYTHONPATH

demo = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "demo"

# %% [markdown]
# ## What there is
# A folder of results, or one file that `plaq gather` made of it. Every output is an array [configuration][...] that knows
# its axes, what their entries are called, and what the numbers mean.

# %%
results = plaq.read(f"{demo}/results")
print(f"{results.ensemble}: {len(results.configurations)} configurations, {list(results.configurations)}")
for name, array in results.items():
    print(f"  {array}")
print(results["plaquette/mean"].doc)

# %% [markdown]
# ## A history, its mean and its error
# The jackknife takes blocks of configurations as independent. Where they are not, larger blocks have larger errors.

# %%
history = results["plaquette/mean"].values
for block in (1, 2):
    mean, error = plaq.jackknife(lambda p: p, history, block=block)
    print(f"plaquette, blocks of {block}: {plaq.value(mean, error)}")

# %% [markdown]
# ## A correlator
# Entries are picked by their names; equal ones are averaged. `pion` is C(t) from the source, on each configuration.

# %%
spectrum = plaq.read(f"{demo}/spectrum")
correlator = spectrum["meson/correlator"]
print(correlator, correlator.labels["sink"], correlator.labels["p"])
pion = correlator.pick(pair="g5-g5", sink="wide", p="0 0 0").mean("source").values.real
pion = 0.5 * (pion + np.roll(pion[:, ::-1], 1, axis=1))  # folded: C(t) = C(T - t)


# %% [markdown]
# ## Effective masses
# Any function of the means goes through the jackknife as a whole, so that correlations between times cancel by themselves.

# %%
def mass(c):
    """ln C(t)/C(t+1) for t < T/2."""
    half = c.shape[-1] // 2
    return np.log(c[:half] / c[1 : half + 1])


masses, errors = plaq.jackknife(mass, pion)
for t, (m, e) in enumerate(zip(masses, errors)):
    print(f"t = {t:2d}   m = {plaq.value(m, e)}")

# %% [markdown]
# ## Two observables at once
# E(p)^2 - E(0)^2 against p^2 on the same configurations: one function of two arrays.

# %%
moving = correlator.pick(pair="g5-g5", sink="wide")
six = [p for p in moving.labels["p"] if sorted(map(abs, map(int, p.split()))) == [0, 0, 1]]
moving = np.mean([moving.pick(p=p).mean("source").values.real for p in six], axis=0)
moving = 0.5 * (moving + np.roll(moving[:, ::-1], 1, axis=1))
extent = 8  # sites in space: p = 2 pi / 8
at = 3


def speed(at_rest, at_p):
    return (mass(at_p)[at] ** 2 - mass(at_rest)[at] ** 2) / (2 * np.pi / extent) ** 2


print(f"(E(p)^2 - m^2) / p^2 at t = {at}: {plaq.value(*plaq.jackknife(speed, pion, moving))}, 1 in the continuum")

# %% [markdown]
# ## Where it comes from
# What every number was made with stands beside it.

# %%
print(spectrum.parameters["meson"])
for fact in ("plaq", "configuration", "run/written"):
    print(f"{fact}: {spectrum.provenance[fact]}")
