// Whether a backend computes what it should.
export { formatVerification } from './format-verification';
export {
  type BackendVerification,
  type KernelVerdict,
  type VerifyOptions,
  verifyBackend,
} from './verify-backend';
