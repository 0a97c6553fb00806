# UCX on InfiniBand. Source it before mpirun or srun, or say PLAQ_ENV=infiniband to jobs/mpirun/run.sh.
# Written after the manuals of UCX 1.13 and Open MPI 4.1; not tested on such a network.

# Debian's Open MPI comes with pml=^ucx, which takes UCX off; a site's own one mostly has it on.
export OMPI_MCA_pml=ucx OMPI_MCA_osc=ucx

# Reliable connections between hosts, shared memory inside. `tcp` is left out on purpose: better an error than a job that
# runs at a tenth of the speed. From some thousand ranks on, dc (dynamic connections) needs less memory: dc,sm,self.
export UCX_TLS="${UCX_TLS:-rc,sm,self}"

# Halos are messages of 10 kB to 10 MB: from 16 KiB on the receiver fetches them itself, with no copy in between.
export UCX_RNDV_THRESH="${UCX_RNDV_THRESH:-16384}"

# One network card a rank is chosen by itself, the nearest one. On hosts with several: UCX_NET_DEVICES=mlx5_0:1, or all of
# them for large messages: UCX_MAX_RNDV_RAILS=2.

# Memory that the card reaches must be locked: `plaq doctor` warns where the limit is too low.
# shellcheck disable=SC3045  # Debian's sh knows it
ulimit -l unlimited 2>/dev/null || true

# Parallel file systems without flock
export HDF5_USE_FILE_LOCKING="${HDF5_USE_FILE_LOCKING:-BEST_EFFORT}"
