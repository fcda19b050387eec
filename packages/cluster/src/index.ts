export { ClusterSupervisor } from './supervisor.ts';
export type { ClusterOptions, NodeOptions } from './options.ts';
export type { ClusterInfo, ClusterTask } from './found.ts';
export { StoreError } from './store/error.ts';
export { MemoryHub, type MemoryHubOptions } from './store/memory/hub.ts';
export { MemoryStore } from './store/memory-store.ts';
export { openStore } from './store/open-store.ts';
export { SqliteStore } from './store/sqlite-store.ts';
export type {
  Claim,
  Claims,
  End,
  Ending,
  FoundTask,
  Room,
  StoreCounts,
  StoredTask,
  StoreNews,
  StoreSession,
  TaskNews,
  TaskStore,
  TypeRoom,
} from './store/store.ts';
