#!/bin/sh
# A campaign as an array of Slurm jobs: sbatch jobs/slurm/array.sh run.yaml
# All tasks run the same command on the same output, and each configuration is measured by one of them. They start when
# there is room for them, are killed or stopped at any time, and more can be submitted while they run.
#SBATCH --job-name=plaq
#SBATCH --array=1-4
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=8
#SBATCH --time=4:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@300
#SBATCH --output=plaq-%A_%a.log

export PLAQ_JOBS="${PLAQ_JOBS:-$SLURM_SUBMIT_DIR/jobs}"
exec "$PLAQ_JOBS/mpirun/run.sh" plaq measure "$@"
