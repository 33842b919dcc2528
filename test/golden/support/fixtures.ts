export { type Actual, digest, errorOf, toleranceOf } from './compare';
export { describeGolden, type Golden } from './describe-golden';
export { loadFixture } from './folder';
export {
  type DataTensor,
  type Digest,
  type Fixture,
  generate,
  type LcgTensor,
  type Leaf,
  type TensorFixture,
  toTensor,
  values,
} from './leaves';
