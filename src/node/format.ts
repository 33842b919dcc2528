/** A time span for people: `8 s`, `2 min 05 s`, `3 h 20 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** A loss with three decimals; a dash where there is none. */
export function formatLoss(loss: number | null): string {
  return loss === null ? '–' : loss.toFixed(3);
}

/** A share in percent with one decimal; a dash where there is none. */
export function formatPercent(percent: number | null): string {
  return percent === null ? '–' : `${percent.toFixed(1)} %`;
}
