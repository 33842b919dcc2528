import type { BatchScoresKernel } from '../../kernels/batch-scores';
import { run, type WebGPUKernels } from '../shader';

export const batchScoreKernels: WebGPUKernels<BatchScoresKernel> = {
  NoisyDartsBatchScores: (backend, { logits, labels, ...losses }) => {
    const [images, classes] = logits.shape;
    const names = Object.keys(losses);
    return run(backend, {
      key: `batch_scores_${names.length}`,
      inputs: { logits, labels, ...losses },
      shape: [names.length + 2],
      uniforms: { images, classes },
      // Written so that NaN counts as ahead.
      code: `fn rightAt(n : i32, label : i32) -> bool {
    let own = logits[n * uniforms.classes + label];
    for (var c = 0; c < uniforms.classes; c = c + 1) {
      let other = logits[n * uniforms.classes + c];
      if (!(other <= own) || (other == own && c < label)) { return false; }
    }
    return true;
  }
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    ${names.map((name, k) => `if (index == ${k}) { result[index] = ${name}[0]; return; }`).join('\n    ')}
    var right = 0.0;
    var strange = 0.0;
    for (var n = 0; n < uniforms.images; n = n + 1) {
      let label = i32(labels[n]);
      if (label < 0 || label >= uniforms.classes) { strange = strange + 1.0; }
      else if (rightAt(n, label)) { right = right + 1.0; }
    }
    result[index] = select(right, strange, index == ${names.length + 1});
  }`,
    });
  },
};
