/** When a member may load modules, and what comes of it. */
export type LoadingToMember =
  /** The member may load the modules that it has asked for. */
  | { readonly type: 'mayLoad' }
  /** The member may take tasks again, although a module could not be loaded. */
  | { readonly type: 'goOn' };

export type LoadingFromMember =
  /** Asks whether the member may load modules now. */
  | { readonly type: 'awaitsLoad' }
  /** The member has loaded the modules that it had to load. */
  | { readonly type: 'loaded' }
  /**
   * The module of the run has to be loaded, which may take long. `waits` says that the load waits until the pool allows
   * it.
   */
  | { readonly type: 'loading'; readonly run: number; readonly waits: boolean }
  /** A definition of the module that is being loaded for a run. */
  | { readonly type: 'registered'; readonly name: string; readonly line: number }
  /**
   * A module could not be loaded, or (null) something has been done in the member that breaks other code. The end of
   * the run that needs the module, or did this, follows. A member that takes tasks by itself takes none until `goOn`.
   */
  | { readonly type: 'loadFailed'; readonly module: string | null }
  /** A module has thrown, or left resources behind, after its definitions: one warning for each. */
  | { readonly type: 'warning'; readonly module: string; readonly text: string };
