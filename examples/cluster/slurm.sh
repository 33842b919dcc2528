#!/usr/bin/env bash
# A sweep as a job array: task i of 8 does every 8th job of the plan, from the i-th on. sbatch slurm.sh plan.json /shared/noise
#SBATCH --job-name=noise
#SBATCH --array=0-7
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --time=24:00:00
# Ctrl-C's signal, two minutes before the time is up: searches save their checkpoints, and the same command goes on.
#SBATCH --signal=B:INT@120
#SBATCH --requeue
set -euo pipefail

plan=${1:?sbatch slurm.sh PLAN STORE}
store=${2:?sbatch slurm.sh PLAN STORE}

# SLURM_ARRAY_TASK_ID says which part this task does. exec: the signal goes to the sweep itself, which npx would keep.
exec node_modules/.bin/noisydarts sweep "$plan" --store "$store" --shard "${SLURM_ARRAY_TASK_COUNT:-8}" --jobs "${SLURM_CPUS_PER_TASK:-4}"
