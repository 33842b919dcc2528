import { spawnSync } from 'node:child_process';

/** The Python that has PyTorch. */
export const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';

const available = spawnSync(PYTHON, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;

/** What the name of a test that needs PyTorch says when it is skipped; empty where PyTorch is installed. */
export const torchNote = available ? '' : ': SKIPPED, no PyTorch (on Debian: apt-get install python3-torch)';
