/** A variable of the environment. The only way to it. */
export function environment(name: string): string | undefined {
  return process.env[name];
}
