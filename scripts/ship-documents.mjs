// The README and docs/ of the repository become part of the package: npm shows the one and installs both.
// A link that leads to a file of the package stays relative, so that it works in the unpacked package too. A link to any
// other file of the repository gets the public address, and is plain text while there is none.

import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';

/** Copies README.md and docs/ from the root into the package, with links that work there. */
export async function shipDocuments({ root, folder, address }) {
  const target = join(root, folder);
  await rm(join(target, 'docs'), { recursive: true, force: true });
  const docs = (await readdir(join(root, 'docs'))).map((name) => `docs/${name}`);
  const ships = new Set(['README.md', 'LICENSE', ...docs, `${folder}/CHANGELOG.md`, `${folder}/package.json`]);
  for (const file of ['README.md', ...docs]) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    if (!file.endsWith('.md')) await cp(join(root, file), join(target, file));
    else {
      const text = await readFile(join(root, file), 'utf8');
      await writeFile(join(target, file), shippedText(text, { file, folder, ships, address }));
    }
  }
}

/** Makes a page of docs/ the README of a package, where it stands alone. */
export async function shipReadme({ root, folder, file, address }) {
  const text = await readFile(join(root, file), 'utf8');
  const ships = new Set(['LICENSE', `${folder}/CHANGELOG.md`, `${folder}/package.json`]);
  await writeFile(join(root, folder, 'README.md'), shippedText(text, { file, folder, ships, address }));
}

/** Code, which has no links, or a link to a file: is it an image, its text, its path, its anchor. */
const CODE_OR_LINK = /```.*?```|`[^`\n]*`|(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)/gs;

/**
 * A document as it ships.
 *
 * @param file its path in the repository
 * @param folder the package's
 * @param ships the paths in the repository of all that is in the package
 * @param address of the repository on the web, or ''
 */
export function shippedText(text, { file, folder, ships, address }) {
  return text.replaceAll(CODE_OR_LINK, (code, image, label, target, anchor = '') => {
    if (target === undefined) return code;
    const path = posix.join(posix.dirname(file), target);
    // npm's page has only the README: there a link to another file needs the whole address.
    if (address !== '' && (file === 'README.md' || !ships.has(path))) {
      return `${image}[${label}](${address}/${image ? 'raw' : 'blob'}/main/${path}${anchor})`;
    }
    if (!ships.has(path)) return label;
    const inPackage = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
    return `${image}[${label}](${posix.relative(posix.dirname(file), inPackage)}${anchor})`;
  });
}
