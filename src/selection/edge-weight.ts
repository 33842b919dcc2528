/** The weight that an edge has: that of its candidates together. */
export const edgeWeight = (row: readonly number[]): number => row.reduce((sum, value) => sum + value, 0);
