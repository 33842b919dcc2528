/**
 * Weights from PyTorch and back: `npm run from-pytorch -- --help`.
 *
 * Takes the state dict of a network that the official code trained, as a safetensors file (in Python:
 * `safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')`), and saves it as a model of tfjs. Without a file
 * it shows the way there and back on a network that `from-pytorch/network.py` makes with PyTorch.
 */
import { fromPytorchCommand, main } from 'noisydarts/cli';

await main(fromPytorchCommand());
