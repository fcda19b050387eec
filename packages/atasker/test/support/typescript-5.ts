import ts from 'typescript-5';

const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * Compiles the project in a folder with TypeScript 5, and gives what it complains about. Programs that are compiled one
 * after another share what they read of the platform: each by itself would take some seconds.
 */
export function compileWithTypeScript5(folder: string): string {
  const config = ts.getParsedCommandLineOfConfigFile(`${folder}/tsconfig.json`, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (problem) => {
      throw new Error(textOf([problem]));
    },
  })!;
  const host = ts.createCompilerHost(config.options);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, version, ...rest) => {
    if (file.startsWith(folder)) return getSourceFile(file, version, ...rest);
    const key = `${file} ${JSON.stringify(version)}`;
    if (!parsed.has(key)) parsed.set(key, getSourceFile(file, version, ...rest));
    return parsed.get(key);
  };
  const program = ts.createProgram({ rootNames: config.fileNames, options: config.options, host });
  const { diagnostics } = program.emit();
  return textOf([...config.errors, ...ts.getPreEmitDiagnostics(program), ...diagnostics]);
}

function textOf(diagnostics: readonly ts.Diagnostic[]): string {
  const host = { getCanonicalFileName: String, getCurrentDirectory: () => '', getNewLine: () => '\n' };
  return ts.formatDiagnostics(diagnostics, host);
}
