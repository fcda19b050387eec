import { backgroundTask, currentTask, isPoolThread } from 'atasker';

export class Decorated {
  static label = 'Decorated';

  @backgroundTask()
  static async twice(n: number): Promise<string> {
    return `${this.label} ${n * 2}`;
  }

  @backgroundTask({ priority: 'high' })
  static async urgent(): Promise<string> {
    return `${currentTask().priority} ${isPoolThread ? 'in a pool thread' : 'here'}`;
  }
}
