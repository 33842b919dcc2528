export { type OnnxSummary, type OnnxValue, readOnnx } from './read-onnx';
export { type WriteOnnxOptions, writeOnnx } from './write-onnx';
