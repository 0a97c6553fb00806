#!/bin/sh
# A campaign as one Slurm job: sbatch jobs/slurm/single.sh run.yaml
# Five minutes before its time is over it stops by itself and goes back into the queue, until all is done.
#SBATCH --job-name=plaq
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=8
#SBATCH --time=12:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@300
#SBATCH --output=plaq-%j.log

# B: sends the signal to this shell alone, and Slurm may send it up to a minute early. `exec`: this shell is run.sh then.
export PLAQ_JOBS="${PLAQ_JOBS:-$SLURM_SUBMIT_DIR/jobs}"
exec "$PLAQ_JOBS/mpirun/run.sh" plaq measure "$@"
