#!/bin/sh
# A campaign as a PBS Pro or Torque job: qsub -v RUN=run.yaml jobs/pbs/plaq.sh
#
# PBS sends a SIGTERM seconds before the end, if at all, and knows no "again" by exit code: plaq is told its time, stops
# before, and the job submits itself anew. PBS Pro says nothing of the time in the environment, so it stands here twice.
#PBS -N plaq
#PBS -l select=2:ncpus=8:mpiprocs=8
#PBS -l walltime=12:00:00
#PBS -j oe
#PBS -r y

cd "$PBS_O_WORKDIR" || exit 1
export PLAQ_JOBS="${PLAQ_JOBS:-$PBS_O_WORKDIR/jobs}"

# Debian's Open MPI is built without PBS's own way to start ranks: hosts are given, ranks start over ssh.
export PLAQ_LAUNCH="${PLAQ_LAUNCH:-mpirun --hostfile $PBS_NODEFILE}"

# Not `exec`: what comes after it is ours. A SIGTERM to the job reaches run.sh by itself, as PBS sends it to all.
began=$(date +%s)
trap : TERM
"$PLAQ_JOBS/mpirun/run.sh" plaq measure --time 12:00:00 "${RUN:?}" &
child=$!
while :; do
    wait $child
    code=$?
    kill -0 $child 2>/dev/null || break
done

# After a minute at least, so that a job that cannot go on does not come back for ever.
if [ "$code" = 75 ] && [ $(($(date +%s) - began)) -gt 60 ]; then
    qsub -v RUN="$RUN",PLAQ_JOBS="$PLAQ_JOBS" "$PLAQ_JOBS/pbs/plaq.sh"
fi
exit "$code"
