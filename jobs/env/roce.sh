# UCX on RoCE, which is InfiniBand's verbs over Ethernet. Source it, or say PLAQ_ENV=roce to jobs/mpirun/run.sh.
# Written after the manuals of UCX 1.13 and Open MPI 4.1; not tested on such a network.

export OMPI_MCA_pml=ucx OMPI_MCA_osc=ucx

# As on InfiniBand; dc is Mellanox' own and may be absent.
export UCX_TLS="${UCX_TLS:-rc,sm,self}"

# A card has a table of addresses; RoCE v2 over IPv4, which routers pass on, is index 3 on most hosts (`show_gids` lists
# them). Without it UCX looks by itself, and where it takes v1, packets end at the first router.
export UCX_IB_GID_INDEX="${UCX_IB_GID_INDEX:-auto}"

# On a network without priority flow control packets are lost under load. Then ask for the traffic class that the
# switches treat as lossless: 106 is DSCP 26 with ECN, the usual choice.
export UCX_IB_TRAFFIC_CLASS="${UCX_IB_TRAFFIC_CLASS:-106}"

export UCX_RNDV_THRESH="${UCX_RNDV_THRESH:-16384}"
# shellcheck disable=SC3045  # Debian's sh knows it
ulimit -l unlimited 2>/dev/null || true
export HDF5_USE_FILE_LOCKING="${HDF5_USE_FILE_LOCKING:-BEST_EFFORT}"
