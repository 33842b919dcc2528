/**
 * The weighted sum of some arrays from one place to another, in the first of them: `a_0 = sum over i of shares_i a_i`, in
 * the order of the arrays, so that it does not matter who adds up which places.
 */
export function addUp(
  arrays: readonly Float32Array[],
  shares: readonly number[],
  from: number,
  to: number,
): void {
  const sum = arrays[0]!;
  const own = shares[0]!;
  for (let j = from; j < to; j++) sum[j]! *= own;
  for (let i = 1; i < shares.length; i++) {
    const array = arrays[i]!;
    const share = shares[i]!;
    for (let j = from; j < to; j++) sum[j]! += share * array[j]!;
  }
}
