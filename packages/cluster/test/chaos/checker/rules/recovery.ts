import type { Rule } from '../rule.ts';
import type { TaskState } from '../world.ts';

/** What a dead node had is given to others, soon after its lease has run out. */
export const recovery: Rule = {
  name: 'a task whose node is gone is found in time, while another node runs',
  start({ world, programs, promises, broken }) {
    function look({ id, claim }: TaskState, at: number): void {
      const stoppedAt = claim === null ? null : programs.stoppedAt(claim.node);
      if (stoppedAt === null) return;
      const until = Math.max(stoppedAt, claim!.at) + promises.leaseMs;
      const late = at - until;
      if (late > promises.recoveryMs + promises.clockMs && programs.anyHasRunSince(until)) {
        broken(`${claim!.node} was gone and kept it for ${late} ms after its lease had run out`, id);
      }
    }
    const lookAt = ({ id, at }: { readonly id: string; readonly at: number }): void => {
      const task = world.tasks.get(id);
      if (task !== undefined) look(task, at);
    };
    return {
      leaseOver: lookAt,
      ended: lookAt,
      released: lookAt,
      claimed: lookAt,
      programResumed({ program, at }) {
        for (const task of world.held(program)) look(task, at);
      },
      end(at) {
        for (const task of world.tasks.values()) look(task, at);
      },
    };
  },
};
