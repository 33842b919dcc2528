// Whether a backend, and a model of one's own on it, computes what it should.
export {
  type CheckGradientsOptions,
  checkGradients,
  type GradientCheck,
  type VariableGradient,
} from './check-gradients';
export { formatVerification } from './format-verification';
export {
  type BackendVerification,
  type KernelVerdict,
  type VerifyOptions,
  verifyBackend,
} from './verify-backend';
