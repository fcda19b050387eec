// What is imported from Node.js by name changes when a program replaces it there and calls `syncBuiltinESMExports()`, as
// mocks of `child_process.spawn` or `os.availableParallelism` do. In the built files each such name is taken once.

const NAMED_IMPORT = /^import \{([^}]*)\} from "(node:[^"]+)";\n/gm;

/** The text of an ES module, where nothing that is imported by name from Node.js can be replaced later. */
export function keepBuiltins(text) {
  const lines = [];
  const rest = text.replace(NAMED_IMPORT, (_, names, module) => {
    const pairs = names
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .map((name) => name.split(' as '))
      .map(([name, local = name]) => ({ name, local, live: `live_${local}` }));
    lines.push(`import { ${pairs.map(({ name, live }) => `${name} as ${live}`).join(', ')} } from "${module}";`);
    lines.push(`const ${pairs.map(({ local, live }) => `${local} = ${live}`).join(', ')};`);
    return '';
  });
  const [first, ...others] = rest.split('\n');
  const isScript = first.startsWith('#!');
  return [...(isScript ? [first] : []), ...lines, ...(isScript ? others : [first, ...others])].join('\n');
}
