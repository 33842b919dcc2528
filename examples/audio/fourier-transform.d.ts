declare module 'fourier-transform' {
  /** The discrete Fourier transform of real input: real and imaginary parts, reused by the next call. */
  export function fft(input: ArrayLike<number>): [re: Float64Array, im: Float64Array];
}
