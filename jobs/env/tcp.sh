# UCX over Ethernet without RDMA: cloud machines. Source it, or say PLAQ_ENV=tcp to jobs/mpirun/run.sh.

# Where there is no InfiniBand, Open MPI 4.1 does not choose UCX even when told to: it looks for devices it knows first.
# With Debian's packages all four are needed.
export OMPI_MCA_pml=ucx OMPI_MCA_osc=ucx
export OMPI_MCA_opal_common_ucx_tls=any OMPI_MCA_opal_common_ucx_devices=any

export UCX_TLS="${UCX_TLS:-tcp,sm,self}"

# Which card: without it, UCX takes all that look usable, docker0 and virbr0 too, and waits for ever on those.
# The one that leads to the default gateway is right unless somebody knows better.
if [ -z "${UCX_NET_DEVICES:-}" ]; then
    UCX_NET_DEVICES=$(ip -o route show default 2>/dev/null | sed -n '1s/.* dev \([^ ]*\).*/\1/p')
    if [ -n "$UCX_NET_DEVICES" ]; then export UCX_NET_DEVICES; else unset UCX_NET_DEVICES; fi
fi
