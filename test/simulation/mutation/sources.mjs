/** The second word of a row `[meaning, source]` tells a reader where the row comes from; no decision reads it, so that a mutant of it is none. */
const shouldIgnore = ({ node, parent, key }) => {
  const isRow =
    parent?.type === 'ArrayExpression' &&
    parent.elements.length === 2 &&
    parent.elements.every((element) => element?.type === 'StringLiteral');
  return node.type === 'StringLiteral' && isRow && key === 1
    ? 'says where a row comes from'
    : undefined;
};

export const strykerPlugins = [{ kind: 'Ignore', name: 'sources', value: { shouldIgnore } }];
