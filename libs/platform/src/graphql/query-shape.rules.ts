import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/** Bounds on the shape of a document, checked before anything runs. Each with its reason. */
export const QUERY_LIMITS = {
  /** bulkCharges → edges → node → items → edges → node → charge → attempts → a field is 9. */
  depth: 10,
  /** One request is one screen or one act; a thousand aliased mutations are an attack. */
  rootFields: 15,
  aliases: 30,
  /** Legitimate documents have one or two @include; each costs a visit in validation. */
  directives: 30,
  /** The longest document of the console has under 800; values belong into variables. */
  tokens: 2_000,
  /** Fields, times the size of the lists they stand in: 100 charges with everything in them are about 4,000. */
  complexity: 10_000,
} as const;

/** What is counted, and by which limit. */
const COUNTED = {
  depth: 'levels',
  rootFields: 'root fields',
  aliases: 'aliases',
  directives: 'directives',
} as const;

const refuse = (context: ValidationContext, what: keyof typeof COUNTED, found: number) => {
  const limit = QUERY_LIMITS[what];
  if (found > limit)
    context.reportError(
      new GraphQLError(`expected at most ${limit} ${COUNTED[what]}, found ${found}`),
    );
};

const fragmentsOf = (document: DocumentNode): Map<string, FragmentDefinitionNode> =>
  new Map(
    document.definitions
      .filter((it) => it.kind === Kind.FRAGMENT_DEFINITION)
      .map((it) => [it.name.value, it]),
  );

/** Measures selection sets, each fragment once, whatever its number of uses; a cycle (another rule's error) ends at 0. */
class Measure {
  private readonly known = new Map<string, number>();
  private readonly fragments: Map<string, FragmentDefinitionNode>;

  constructor(
    document: DocumentNode,
    private readonly kind: 'depth' | 'width',
  ) {
    this.fragments = fragmentsOf(document);
  }

  of(set: SelectionSetNode): number {
    const sizes = set.selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return this.ofFragment(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return this.of(selection.selectionSet);
      // Introspection is deep by nature, bounded by its own schema, and off in production.
      if (this.kind === 'width' || selection.name.value.startsWith('__')) return 1;
      return 1 + (selection.selectionSet ? this.of(selection.selectionSet) : 0);
    });
    if (this.kind === 'depth') return Math.max(0, ...sizes);
    // A width beyond any limit is not counted further: doubling fragments would overflow.
    return Math.min(
      Number.MAX_SAFE_INTEGER,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }

  private ofFragment(name: string): number {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    this.known.set(name, 0);
    const fragment = this.fragments.get(name);
    const size = fragment ? this.of(fragment.selectionSet) : 0;
    this.known.set(name, size);
    return size;
  }
}

/** Depth, root fields, aliases and directives: what can be counted without the schema. */
export const queryShapeRule = (context: ValidationContext): ASTVisitor => {
  const document = context.getDocument();
  const depth = new Measure(document, 'depth');
  const width = new Measure(document, 'width');
  let aliases = 0;
  let directives = 0;
  return {
    OperationDefinition: {
      enter: (operation) => {
        refuse(context, 'depth', depth.of(operation.selectionSet));
        refuse(context, 'rootFields', width.of(operation.selectionSet));
      },
    },
    Field: (field) => {
      if (field.alias) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
    Document: {
      leave: () => {
        refuse(context, 'aliases', aliases);
        refuse(context, 'directives', directives);
      },
    },
  };
};
