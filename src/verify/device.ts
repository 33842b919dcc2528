import * as tf from '@tensorflow/tfjs-core';

/** What tfjs's backends have of their own that tells of the device. */
interface DeviceBackend {
  /** WebGPU. */
  readonly device?: {
    readonly adapterInfo?: Readonly<Record<'vendor' | 'architecture' | 'description', string>>;
  };
  /** WebGL. */
  readonly gpgpu?: { readonly gl: WebGLRenderingContext };
  /** tfjs-node. */
  readonly isUsingGpuDevice?: boolean;
}

/** The device that the backend in use computes on, in words; as much as it tells. */
export function describeDevice(): string {
  const { device, gpgpu, isUsingGpuDevice } = tf.backend() as unknown as DeviceBackend;
  const { vendor = '', architecture = '', description = '' } = device?.adapterInfo ?? {};
  if (device) return [vendor, architecture, description].filter(Boolean).join(' ') || 'a GPU';
  if (gpgpu) {
    const names = gpgpu.gl.getExtension('WEBGL_debug_renderer_info');
    return String(gpgpu.gl.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? gpgpu.gl.RENDERER));
  }
  return isUsingGpuDevice ? 'a GPU under CUDA' : 'the processor';
}
