/**
 * Writes a network as others read it, in stock TensorFlow.js layers and ONNX: `npm run export -- --help`.
 */
import { exportCommand, main } from 'noisydarts/cli';

await main(exportCommand());
