import * as z from 'zod';
import { isSecretText } from '../base/schema.ts';

type Schema = z.core.$ZodType;

/** What stands at a key of `value`, by the schema of `value`; undefined where the schema knows no such key. */
export function childSchema(
  schema: Schema | undefined,
  key: string | number,
  value: unknown,
): Schema | undefined {
  const bare = unwrap(schema, value);
  if (bare instanceof z.ZodObject && typeof key === 'string') {
    const shape: Readonly<Record<string, Schema>> = bare.shape;
    return Object.hasOwn(shape, key) ? shape[key] : undefined;
  }
  if (bare instanceof z.ZodRecord) return bare.valueType;
  return bare instanceof z.ZodArray ? bare.element : undefined;
}

/** The keys that `value` may have by its schema; those of secrets also with `_file`. */
export function knownKeys(schema: Schema | undefined, value: unknown): readonly string[] {
  const bare = unwrap(schema, value);
  if (!(bare instanceof z.ZodObject)) return [];
  return Object.keys(bare.shape).flatMap((key) =>
    holdsSecret(childSchema(bare, key, value)) ? [key, `${key}_file`] : [key],
  );
}

/** Whether a secret, or a list of them, stands there: then `<key>_file` may stand there instead. */
export function holdsSecret(schema: Schema | undefined): boolean {
  return isSecretText(unwrap(schema, undefined)) || isSecretList(schema);
}

export function isSecretList(schema: Schema | undefined): boolean {
  const bare = unwrap(schema, undefined);
  return bare instanceof z.ZodArray && isSecretText(unwrap(bare.element, undefined));
}

/** What a schema is without default, optionality and transformation; of a union the part that `value` names. */
export function unwrap(schema: Schema | undefined, value: unknown): Schema | undefined {
  if (isSecretText(schema)) return schema;
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap(), value);
  if (schema instanceof z.ZodDefault) return unwrap(schema.unwrap(), value);
  if (schema instanceof z.ZodPrefault) return unwrap(schema.unwrap(), value);
  if (schema instanceof z.ZodPipe) return unwrap(schema.in, value);
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const key = schema.def.discriminator;
  return schema.options
    .map((option) => unwrap(option, value))
    .find((option) => names(option, key, value));
}

function names(option: Schema | undefined, key: string, value: unknown): boolean {
  const literal = childSchema(option, key, value);
  return literal !== undefined && z.safeParse(literal, valueAt(value, [key])).success;
}

/** The value at a path, undefined where there is none. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value = tree;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    const next: unknown = Reflect.get(value, key);
    value = next;
  }
  return value;
}

/** The entries of a mapping; none where there is no mapping. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : [];
}
