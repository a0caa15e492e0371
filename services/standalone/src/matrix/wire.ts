/** The schema as a client of one capacity finds it out, and requests that are made of nothing else. */

type TypeRef = { readonly kind: string; readonly name: string | null; readonly ofType?: TypeRef | null };
type InputValue = { readonly name: string; readonly type: TypeRef };
type Field = { readonly name: string; readonly args: readonly InputValue[]; readonly type: TypeRef };
type Type = {
  readonly kind: string;
  readonly name: string;
  readonly isOneOf?: boolean | null;
  readonly fields: readonly Field[] | null;
  readonly inputFields: readonly InputValue[] | null;
  readonly enumValues: readonly { readonly name: string }[] | null;
  readonly possibleTypes: readonly { readonly name: string }[] | null;
};
export type Schema = {
  readonly types: ReadonlyMap<string, Type>;
  readonly questions: readonly Field[];
  readonly commands: readonly Field[];
};
export type RootField = Field;

const TYPE_REF = 'kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }';
const INTROSPECTION = `{ __schema { queryType { name } mutationType { name } types {
  kind name isOneOf
  fields(includeDeprecated: true) { name args(includeDeprecated: true) { name type { ${TYPE_REF} } } type { ${TYPE_REF} } }
  inputFields(includeDeprecated: true) { name type { ${TYPE_REF} } }
  enumValues(includeDeprecated: true) { name } possibleTypes { name } } } }`;

/** Whoever asks: where, and under which headers. */
export type Client = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

export type Reply = {
  readonly status: number;
  readonly requestId: string;
  /** The very bytes, with the id of the request, which is new each time, named `<request>`. */
  readonly text: string;
  readonly body: Body;
};
type Body = {
  readonly data?: Readonly<Record<string, Answer | null>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
};
export type Answer = Readonly<Record<string, unknown>> & { readonly __typename: string };

export const post = async (client: Client, query: string, variables: object = {}): Promise<Reply> => {
  const response = await fetch(`${client.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'nl', ...client.headers },
    body: JSON.stringify({ query, variables }),
  });
  const raw = await response.text();
  const requestId = response.headers.get('toeverlaat-request-id') ?? '';
  return {
    status: response.status,
    requestId,
    text: raw.replaceAll(requestId, '<request>'),
    body: JSON.parse(raw) as Body,
  };
};

export const introspect = async (client: Client): Promise<Schema> => {
  const { body, text } = await post(client, INTROSPECTION);
  type Found = {
    readonly queryType: { readonly name: string };
    readonly mutationType: { readonly name: string } | null;
    readonly types: readonly Type[];
  };
  const found = body.data?.['__schema'] as unknown as Found | undefined;
  if (found === undefined) throw new Error(`no introspection: ${text}`);
  const types = new Map(found.types.map((type) => [type.name, type]));
  const fieldsOf = (name: string | undefined): readonly Field[] =>
    name === undefined ? [] : (types.get(name)?.fields ?? []);
  return { types, questions: fieldsOf(found.queryType.name), commands: fieldsOf(found.mutationType?.name) };
};

const named = (ref: TypeRef): string => (ref.ofType ? named(ref.ofType) : (ref.name ?? ''));

/** Types that no question and no command leads to: nobody should find them by introspection. */
export const unreachable = (schema: Schema): readonly string[] => {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const type = schema.types.get(name);
    if (type === undefined || seen.has(name)) return;
    seen.add(name);
    for (const field of type.fields ?? []) {
      visit(named(field.type));
      for (const arg of field.args) visit(named(arg.type));
    }
    for (const field of type.inputFields ?? []) visit(named(field.type));
    for (const member of type.possibleTypes ?? []) visit(member.name);
  };
  visit('Query');
  visit('Mutation');
  const builtIn = new Set(['String', 'Boolean', 'Int', 'Float', 'ID']);
  // What an object implements is reached through its members.
  const interfaces = [...schema.types.values()].filter(
    ({ kind, possibleTypes }) => kind === 'INTERFACE' && possibleTypes?.some(({ name }) => seen.has(name)) === true,
  );
  for (const { name } of interfaces) seen.add(name);
  return [...schema.types.keys()].filter((name) => !seen.has(name) && !name.startsWith('__') && !builtIn.has(name));
};

/** Refusals have fields of the same name and other types than the answer beside them: one name for each of their types. */
const renamed = new Set([
  'NotFound',
  'NotAllowed',
  'InvalidInput',
  'RuleRefused',
  'StaleVersion',
  'CommandIdReused',
  'Erased',
  'TryLater',
]);
const aliasOf = (schema: Schema, union: Type, member: string, field: string): string => {
  if (!renamed.has(member)) return '';
  const clashes = (union.possibleTypes ?? []).some(
    ({ name }) => !renamed.has(name) && schema.types.get(name)?.fields?.some((other) => other.name === field) === true,
  );
  return clashes ? `refused_${field}: ` : '';
};

/** Everything that an answer has for this capacity. */
export const selectionOf = (schema: Schema, name: string, depth = 0, within?: Type): string => {
  const type = schema.types.get(name);
  if (type === undefined || depth > 11) throw new Error(`${name}: too deep, or not there`);
  switch (type.kind) {
    case 'UNION':
      return `{ __typename ${(type.possibleTypes ?? [])
        .map((member) => `... on ${member.name} ${selectionOf(schema, member.name, depth + 1, type)}`)
        .join(' ')} }`;
    case 'OBJECT':
    case 'INTERFACE':
      return `{ ${(type.fields ?? [])
        .map((field) => {
          const alias = within === undefined ? '' : aliasOf(schema, within, name, field.name);
          return `${alias}${field.name} ${selectionOf(schema, named(field.type), depth + 1)}`;
        })
        .join(' ')} }`;
    default:
      return '';
  }
};

/** A document for one field of the root with all that it answers. */
export const documentOf = (schema: Schema, operation: 'query' | 'mutation', field: Field): string => {
  const variables = field.args.map((arg) => `$${arg.name}: ${textOf(arg.type)}`).join(', ');
  const args = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  return `${operation}${variables === '' ? '' : `(${variables})`} { answer: ${field.name}${args === '' ? '' : `(${args})`} ${selectionOf(schema, named(field.type))} }`;
};
const textOf = (ref: TypeRef): string =>
  ref.kind === 'NON_NULL'
    ? `${ref.ofType ? textOf(ref.ofType) : ''}!`
    : ref.kind === 'LIST'
      ? `[${ref.ofType ? textOf(ref.ofType) : ''}]`
      : (ref.name ?? '');

/** Gives the value of a scalar or an enum by the name it goes under; undefined: nothing is known under that name. */
export type Values = (name: string, type: string, options: readonly string[]) => unknown;

/** Names of everything that can be put into a field, at whatever depth. */
export const namesInto = (schema: Schema, field: Field): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (list: readonly InputValue[]): void => {
    for (const { name, type } of list) {
      found.add(name);
      visit(schema.types.get(named(type))?.inputFields ?? []);
    }
  };
  visit(field.args);
  return found;
};

export class NoValue extends Error {
  override readonly name = 'NoValue';
}

const valueOf = (schema: Schema, ref: TypeRef, name: string, values: Values): unknown => {
  if (ref.kind === 'NON_NULL') return ref.ofType ? valueOf(schema, ref.ofType, name, values) : undefined;
  if (ref.kind === 'LIST') return ref.ofType ? [valueOf(schema, ref.ofType, name, values)] : [];
  const type = schema.types.get(ref.name ?? '');
  if (type?.kind === 'INPUT_OBJECT') {
    const fields = type.inputFields ?? [];
    const wanted =
      type.isOneOf === true ? fields.slice(0, 1) : fields.filter((field) => field.type.kind === 'NON_NULL');
    return Object.fromEntries(wanted.map((field) => [field.name, valueOf(schema, field.type, field.name, values)]));
  }
  const value = values(name, type?.name ?? '', type?.enumValues?.map((one) => one.name) ?? []);
  if (value === undefined) throw new NoValue(`${name}: ${type?.name ?? '?'}`);
  return value;
};

/**
 * Variables for a field, made from the types of its arguments: those that are required, and those that name something.
 * @throws NoValue for an argument that nothing is known to be put into
 */
export const variablesOf = (
  schema: Schema,
  field: Field,
  values: Values,
  optional: ReadonlySet<string>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    field.args
      .filter((arg) => arg.type.kind === 'NON_NULL' || optional.has(arg.name))
      .map((arg) => [arg.name, valueOf(schema, arg.type, arg.name, values)]),
  );
