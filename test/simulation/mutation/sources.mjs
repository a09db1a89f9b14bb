/** The second word of a row `code: [meaning, 'WHERE: why']` tells a reader where the row comes from; no decision reads it, so that a mutant of
 * it is none. */
const shouldIgnore = ({ node, parent, parentPath, key }) => {
  const isRow =
    parent?.type === 'ArrayExpression' &&
    parent.elements.length === 2 &&
    parentPath.parent?.type === 'ObjectProperty';
  return isRow && key === 1 && node.type === 'StringLiteral' && node.value.includes(': ')
    ? 'says where a row comes from'
    : undefined;
};

export const strykerPlugins = [{ kind: 'Ignore', name: 'sources', value: { shouldIgnore } }];
