#!/bin/sh
# Beside a simulation: sbatch jobs/slurm/follow.sh run.yaml
# Measures configurations as they come and waits for more; ends when none came for two days. Needs little: a node, a few
# ranks, and restarts as often as Slurm likes. A file STOP in the output folder ends it.
#SBATCH --job-name=plaq-follow
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=4
#SBATCH --time=24:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@300
#SBATCH --output=plaq-follow-%j.log

export PLAQ_JOBS="${PLAQ_JOBS:-$SLURM_SUBMIT_DIR/jobs}"
exec "$PLAQ_JOBS/mpirun/run.sh" plaq measure --follow --poll 30 --idle 172800 "$@"
