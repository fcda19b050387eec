/** Events that happen once each, by name: a test may await one before or after it happens. */
export class Signs {
  readonly #signs = new Map<string, { readonly seen: Promise<void>; readonly show: () => void }>();

  show(name: string): void {
    this.#sign(name).show();
  }

  whenShown(name: string): Promise<void> {
    return this.#sign(name).seen;
  }

  /** It may happen once more. */
  forget(name: string): void {
    this.#signs.delete(name);
  }

  #sign(name: string): { readonly seen: Promise<void>; readonly show: () => void } {
    const known = this.#signs.get(name);
    if (known !== undefined) return known;
    let show = (): void => {};
    const seen = new Promise<void>((resolve) => (show = resolve));
    const sign = { seen, show };
    this.#signs.set(name, sign);
    return sign;
  }
}
