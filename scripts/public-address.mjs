// Where the repository can be read on the web: https://github.com/OWNER/NAME, without a slash at the end.
// While this is empty the package names no address: no repository, no homepage, no badge, and links only to what it ships.
// Once it is set, the next build fills in the fields of package.json (commit them) and the links of the packed README.

export const PUBLIC_ADDRESS = '';

/** The fields of package.json that name the address; none while there is none. */
export function addressFields(address, directory) {
  if (address === '') return {};
  return {
    homepage: `${address}#readme`,
    bugs: `${address}/issues`,
    repository: { type: 'git', url: `git+${address}.git`, directory },
  };
}
