/**
 * How Compose passes on what its reader of YAML takes for a number: YAML 1.1, with octal numbers and underscores, and fractions as Go
 * prints them (strconv.FormatFloat, `g`). Undefined for what is no number there.
 */
export function numberText(source: string): string | undefined {
  const digits = source.replaceAll('_', '').toLowerCase();
  const whole = /^([-+]?)(?:(0b)([01]+)|(0x)([\da-f]+)|0o?([0-7]+)|(0|[1-9]\d*))$/.exec(digits);
  if (whole !== null) {
    const [, sign, binary, bits, hex, nibbles, octal, decimal] = whole;
    const value = BigInt(decimal ?? `${binary ?? hex ?? '0o'}${bits ?? nibbles ?? octal}`);
    if (value < 2n ** 64n) return `${sign === '-' && value > 0n ? '-' : ''}${value}`;
  }
  const value = Number(digits);
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(digits) && Number.isFinite(value)
    ? fractionText(value)
    : undefined;
}

/** The shortest digits; with an exponent of two digits from a million on, and below a ten-thousandth. */
function fractionText(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
