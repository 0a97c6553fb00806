#!/bin/sh
# Starts plaq on ranks, under mpirun or srun, and stays beside it: jobs/mpirun/run.sh plaq measure run.yaml
#
#   SIGTERM, SIGUSR1, SIGINT   go on to the ranks as SIGUSR1: plaq ends cleanly with exit code 75 (after a SIGTERM of its
#                              own, mpirun would kill them within a second)
#   exit code                  plaq's; 75: the same command goes on where it stopped
#   a host that is lost        is noticed after 15 s (Open MPI's default is 8 minutes of silence)
#   in a Slurm job             75 puts the job back into the queue, unless it came at once and nobody asked for it: then
#                              a STOP file is there, or the job's time is too short for one configuration
#
# PLAQ_LAUNCH  how ranks are started: "mpirun" (default; its options behind it), "srun --mpi=pmix", "" (one rank)
# PLAQ_ENV     a file of jobs/env to be sourced: infiniband, roce, tcp, shared (default: Open MPI's own choice)
set -u

here=$(dirname "$0")
# shellcheck source=/dev/null
[ -z "${PLAQ_ENV:-}" ] || . "${PLAQ_JOBS:-$here/..}/env/$PLAQ_ENV.sh"
export OMPI_MCA_oob_tcp_keepalive_time="${OMPI_MCA_oob_tcp_keepalive_time:-5}"
export OMPI_MCA_oob_tcp_keepalive_intvl="${OMPI_MCA_oob_tcp_keepalive_intvl:-2}"
export OMPI_MCA_oob_tcp_keepalive_probes="${OMPI_MCA_oob_tcp_keepalive_probes:-5}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-${SLURM_CPUS_PER_TASK:-1}}"

began=$(date +%s)
asked=no child=
trap 'asked=yes; [ -z "$child" ] || kill -USR1 $child 2>/dev/null' USR1 TERM INT
# shellcheck disable=SC2086  # words of options
${PLAQ_LAUNCH-mpirun} "$@" &
child=$!

# A signal ends the wait, not the child
while :; do
    wait $child
    code=$?
    kill -0 $child 2>/dev/null || break
done

# Asked before plaq had begun to listen, the signal ended it: nothing was begun, the same command goes on.
[ $asked = yes ] && [ "$code" = 138 ] && code=75

seconds=$(($(date +%s) - began))
if [ "$code" = 75 ] && [ -n "${SLURM_JOB_ID:-}" ]; then
    if [ $asked = yes ] || [ $seconds -gt 60 ]; then
        scontrol requeue "$SLURM_JOB_ID"
    else
        echo "run.sh: stopped after $seconds s although nobody asked for it: the job is not put back into the queue" >&2
    fi
fi
exit "$code"
