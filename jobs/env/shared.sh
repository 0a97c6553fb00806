# One host: shared memory through UCX. Source it, or say PLAQ_ENV=shared to jobs/mpirun/run.sh.
# Latency 0.12 us and 12.8 GB/s at 1 MiB, where Open MPI's own has 0.20 us and 10.6 GB/s (two cores of a virtual machine).

export OMPI_MCA_pml=ucx OMPI_MCA_osc=ucx
export OMPI_MCA_opal_common_ucx_tls=any OMPI_MCA_opal_common_ucx_devices=any
export UCX_TLS="${UCX_TLS:-sm,self}"

# One container a rank: ranks of different user namespaces may not read each other's memory, and UCX aborts when it
# tries. Then say UCX_TLS=posix,sysv,self before, and share /dev/shm and the IPC namespace.
