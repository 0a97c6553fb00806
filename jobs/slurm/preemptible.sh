#!/bin/sh
# A campaign on nodes that others may take away: sbatch --partition=NAME jobs/slurm/preemptible.sh run.yaml
#
# Where slurm.conf has SlurmctldParameters=preempt_send_user_signal, the signal below comes at once when the job is
# preempted, and it ends within the partition's GraceTime. Where it has not, only the ranks get a SIGTERM, and this shell
# some seconds later: mpirun dies of it, which costs the configurations under way, and Slurm puts the job back by itself.
#SBATCH --job-name=plaq
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=8
#SBATCH --time=24:00:00
#SBATCH --requeue --open-mode=append
#SBATCH --signal=B:USR1@60
#SBATCH --output=plaq-%j.log

# Many small teams: what is lost, where there is no warning, is small.
export PLAQ_JOBS="${PLAQ_JOBS:-$SLURM_SUBMIT_DIR/jobs}"
exec "$PLAQ_JOBS/mpirun/run.sh" plaq measure --teams 8 "$@"
