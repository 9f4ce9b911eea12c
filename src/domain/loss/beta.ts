/**
 * The regularized incomplete beta function I_x(a, b) for positive a and b: a continued fraction by Lentz's method
 * (Numerical Recipes, 3rd edition, section 6.4; DLMF 8.17.22), good to about 12 digits for a and b up to some millions.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast only on this side of the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFront =
    a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return (Math.exp(logFront) * betaFraction(x, a, b)) / a;
}

/** The x for which I_x(a, b) is `share`, by halving: slower than Newton's method, and nothing can go wrong. */
export function betaQuantile(share: number, a: number, b: number): number {
  // Near 1 the steps between two numbers are too wide for it.
  if (a > b) return 1 - betaQuantile(1 - share, b, a);
  let [low, high] = [0, 1];
  while (high - low > PRECISION * high) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a, b) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const PRECISION = 1e-12;
const TINY = 1e-300;
/** About the square root of the greater parameter is needed. */
const MOST_TERMS = 20_000;

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MOST_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < PRECISION / 1_000) break;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** Stirling's series (DLMF 5.11.1), after the argument was shifted to where four terms are enough. */
function logGamma(x: number): number {
  let shifted = x;
  let shift = 0;
  for (; shifted < 16; shifted += 1) shift += Math.log(shifted);
  const inverse = 1 / shifted;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1_260 - square / 1_680)));
  const main = (shifted - 0.5) * Math.log(shifted) - shifted + Math.log(2 * Math.PI) / 2;
  return main + series - shift;
}
