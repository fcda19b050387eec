import { arraySome, each, stringSlice, stringStartsWith, stringWords } from '../../platform/methods.ts';
import { Map, Object, setOf } from '../../platform/primordials.ts';

/**
 * What becomes of the flags of a program in its threads and processes. The table has all flags that `node --help` names
 * on Node.js 20 to 26, and all flags that `NODE_OPTIONS` may hold. A test makes sure that none is missing.
 */
export type FlagFate =
  /** The flag says how the program itself is run, watched or debugged: no member gets it. */
  | 'dropped'
  /** The flag applies to the whole process, which threads share: only processes are started with it. */
  | 'process'
  /** Threads and processes are started with the flag. */
  | 'both'
  /**
   * The flag names a file of flags, which Node.js reads for a process only: threads of the program inherit those flags.
   */
  | 'config';

const DROPPED = `
  -e --eval -p --print -pe -i --interactive -c --check --input-type --entry-url --run --test --watch --hot --bench
  --build-sea --build-snapshot --build-snapshot-config --experimental-sea-config --snapshot-blob --prof-process
  --completion-bash -h --help -v --version --v8-options --process-timeout --report-on-process-timeout
  --experimental-test-coverage --experimental-test-isolation --experimental-test-tag-filter
  --debug-port --inspect --inspect-brk --inspect-brk-node --inspect-wait --inspect-port --inspect-publish-uid
  --env-file --env-file-if-exists --cpu-prof-name --heap-prof-name`;

/** Prefixes of families of flags that are dropped, including flags that later versions of Node.js add. */
const DROPPED_FAMILIES = ['--inspect-', '--watch-', '--test-', '--bench-'];

const PROCESS = `
  --abort-on-uncaught-exception --diagnostic-dir --disable-proto --disable-wasm-trap-handler
  --disallow-code-generation-from-strings --enable-etw-stack-walking --enable-fips --enable-fips-indicator-events
  --expose-gc --force-fips --huge-max-old-generation-size --icu-data-dir --interpreted-frames-native-stack --jitless
  --max-old-space-size-percentage --node-memory-debug --openssl-config --openssl-legacy-provider
  --openssl-shared-config --policy-integrity --prof --report-compact --report-dir --report-directory
  --report-filename --report-on-fatalerror --secure-heap --secure-heap-min --security-revert --title
  --tls-cipher-list --trace-event-categories --trace-event-file-pattern --trace-sigint --use-bundled-ca
  --use-largepages --use-openssl-ca --use-system-ca --v8-pool-size --zero-fill-buffers
  --disable-sigusr1 --max-http-header-size --no-worker-snapshot --worker-snapshot --vfs-load
  --enable-network-family-autoselection --heapsnapshot-signal
  --max-old-space-size --max-semi-space-size --perf-basic-prof --perf-basic-prof-only-functions --perf-prof
  --perf-prof-unwinding-info --stack-trace-limit --experimental-top-level-await
  --experimental-modules --experimental-specifier-resolution --debug-arraybuffer-allocations --trace-events-enabled
  --max-heap-size`;

const BOTH = `
  -r --require --import --loader --experimental-loader -C --conditions
  --allow-addons --allow-child-process --allow-ffi --allow-fs-read --allow-fs-vfs --allow-fs-write
  --allow-inspector --allow-net --allow-openssl-store --allow-wasi --allow-worker --permission --permission-audit
  --experimental-permission --addons --async-context-frame --cpu-prof --cpu-prof-dir --cpu-prof-interval
  --deprecation --disable-warning --dns-result-order --enable-source-maps --es-module-specifier-resolution
  --experimental-abortcontroller --experimental-addon-modules --experimental-async-context-frame
  --experimental-bench --experimental-default-type --experimental-detect-module --experimental-dtls --experimental-eventsource
  --experimental-fetch --experimental-ffi --experimental-global-customevent --experimental-global-navigator
  --experimental-global-webcrypto --experimental-import-meta-resolve --experimental-import-text
  --experimental-inspector-network-resource --experimental-json-modules --experimental-network-imports
  --experimental-network-inspection --experimental-package-map --experimental-policy
  --experimental-print-required-tla --experimental-quic --experimental-repl-await --experimental-report
  --experimental-require-module --experimental-shadow-realm --experimental-sqlite --experimental-storage-inspection
  --experimental-stream-iter --experimental-strip-types --experimental-test-module-mocks
  --experimental-transform-types --experimental-vfs --experimental-vm-modules --experimental-wasi-unstable-preview1
  --experimental-wasm-modules --experimental-web-worker --experimental-websocket --experimental-webstorage
  --experimental-worker --experimental-worker-inspection --extra-info-on-fatal-exception
  --force-async-hooks-checks --force-context-aware --force-node-api-uncaught-exceptions-policy --frozen-intrinsics
  --global-search-paths --heap-prof --heap-prof-dir --heap-prof-interval --heapsnapshot-near-heap-limit
  --http-parser --insecure-http-parser --localstorage-file --napi-modules --network-family-autoselection
  --network-family-autoselection-attempt-timeout --node-snapshot --pending-deprecation --preserve-symlinks
  --preserve-symlinks-main --redirect-warnings --report-exclude-env --report-exclude-network --report-on-signal
  --report-signal --report-uncaught-exception --require-module --strip-types --throw-deprecation --tls-keylog
  --tls-max-v1.2 --tls-max-v1.3 --tls-min-v1.0 --tls-min-v1.1 --tls-min-v1.2 --tls-min-v1.3 --trace-atomics-wait
  --trace-deprecation --trace-env --trace-env-js-stack --trace-env-native-stack --trace-exit --trace-promises
  --trace-require-module --trace-sync-io --trace-tls --trace-uncaught --trace-warnings --track-heap-objects
  --unhandled-rejections --use-env-proxy --verify-base-objects --warnings --webstorage`;

const CONFIG = '--config-file --experimental-config-file --experimental-default-config-file';

/** Flags whose value may follow as an argument of its own. */
const WITH_VALUE = `
  -e --eval -p --print -pe -r --require --import --loader --experimental-loader -C --conditions --input-type --run
  --allow-fs-read --allow-fs-write --build-sea --build-snapshot-config --config-file --experimental-config-file
  --cpu-prof-dir --cpu-prof-interval --cpu-prof-name --diagnostic-dir --disable-proto --disable-warning
  --dns-result-order --env-file --env-file-if-exists --experimental-default-type --experimental-package-map
  --experimental-policy --experimental-sea-config --experimental-test-isolation --experimental-test-tag-filter
  --heap-prof-dir --heap-prof-interval --heap-prof-name --heapsnapshot-near-heap-limit --heapsnapshot-signal
  --icu-data-dir --debug-port --inspect-port --inspect-publish-uid --localstorage-file --max-http-header-size
  --max-old-space-size-percentage --network-family-autoselection-attempt-timeout --openssl-config
  --policy-integrity --process-timeout --redirect-warnings --report-dir --report-directory --report-filename
  --report-signal --secure-heap --secure-heap-min --security-revert --snapshot-blob --title --tls-cipher-list
  --tls-keylog --trace-event-categories --trace-event-file-pattern --trace-require-module --unhandled-rejections
  --use-largepages --v8-pool-size --vfs-load --es-module-specifier-resolution
  --test-concurrency --test-coverage-branches --test-coverage-exclude --test-coverage-functions
  --test-coverage-include --test-coverage-lines --test-global-setup --test-isolation --test-name-pattern
  --test-random-seed --test-reporter --test-reporter-destination --test-rerun-failures --test-shard
  --test-skip-pattern --test-timeout --watch-path --watch-kill-signal --bench-isolation --bench-name-pattern
  --bench-reporter --bench-reporter-destination --bench-samples --bench-warmup`;

/** Flags whose value is a path or a module, which Node.js looks for in its current folder. */
const WITH_MODULE = '-r --require --import --loader --experimental-loader';
const WITH_PATH = `
  --allow-fs-read --allow-fs-write --cpu-prof-dir --heap-prof-dir --experimental-package-map --experimental-policy
  --localstorage-file --redirect-warnings --tls-keylog`;

/** The table by names. */
interface Table {
  readonly fates: ReadonlyMap<string, FlagFate>;
  readonly withValue: ReadonlySet<string>;
  readonly withModule: ReadonlySet<string>;
  readonly withPath: ReadonlySet<string>;
}

let made: Table | null = null;

/** Made with the first member: programs and threads that start none need no table. */
function table(): Table {
  return (made ??= {
    fates: fatesOf({ dropped: DROPPED, process: PROCESS, both: BOTH, config: CONFIG }),
    withValue: setOf(words(WITH_VALUE)),
    withModule: setOf(words(WITH_MODULE)),
    withPath: setOf(words(WITH_PATH)),
  });
}

function fatesOf(groups: Readonly<Record<FlagFate, string>>): Map<string, FlagFate> {
  const fates = new Map<string, FlagFate>();
  for (const fate of each(Object.keys(groups) as FlagFate[])) {
    for (const name of each(words(groups[fate]))) fates.set(name, fate);
  }
  return fates;
}

function words(text: string): string[] {
  return stringWords(text);
}

/**
 * What becomes of the flag with this name. Undefined for a flag that the table does not have: a flag of V8, or of a
 * later version of Node.js.
 */
export function fateOf(name: string): FlagFate | undefined {
  const plain = stringStartsWith(name, '--no-') ? `--${stringSlice(name, '--no-'.length)}` : name;
  if (arraySome(DROPPED_FAMILIES, (family) => stringStartsWith(plain, family))) return 'dropped';
  const { fates } = table();
  return fates.get(name) ?? fates.get(plain);
}

export function takesValue(name: string): boolean {
  return table().withValue.has(name);
}

/** What kind of value a flag has, if the value depends on the folder in which the program was started; else null. */
export function placeOf(name: string): 'module' | 'path' | null {
  if (table().withModule.has(name)) return 'module';
  return table().withPath.has(name) ? 'path' : null;
}
