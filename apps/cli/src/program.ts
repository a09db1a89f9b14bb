import { Command, CommanderError } from 'commander';
import { EXIT_CODES, presentFailure } from './cli-failure.js';
import { createContext, type GlobalOptions, type Run } from './command-context.js';
import { addBillingKeyCommands } from './commands/billing-keys.js';
import { addBulkCommands } from './commands/bulk.js';
import { addChargeCommands } from './commands/charges.js';
import { addApiKeyCommands, addMerchantCommands } from './commands/merchants.js';
import { addProviderAccountCommands } from './commands/provider-accounts.js';
import { addTestClockCommands } from './commands/test-clock.js';

export interface CliOptions {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const EXIT_HELP = `
Exit codes: 0 done, 1 refused or partly failed, 2 wrong usage, 3 Refrain unreachable or failed.
Commands that speak to the API take --url and --api-key, or REFRAIN_URL and REFRAIN_API_KEY;
without them they speak as the merchant demo of \`npm start\` on this machine.`;

const createProgram = (options: CliOptions, run: Run): Command => {
  const program = new Command('refrain')
    .description('Refrain from the terminal: recurring payments on stored cards.')
    .option('--json', 'answer as JSON, on one line')
    .option('--url <url>', 'where the API is')
    .option('--api-key <key>', 'the API key to speak with')
    .addHelpText('after', EXIT_HELP)
    .showHelpAfterError('(add --help for what can be said)')
    .configureOutput({ writeOut: options.out, writeErr: options.err })
    .exitOverride();
  addMerchantCommands(program, run);
  addApiKeyCommands(program, run);
  addProviderAccountCommands(program, run);
  addBillingKeyCommands(program, run);
  addBulkCommands(program, run);
  addChargeCommands(program, run);
  addTestClockCommands(program, run);
  inherit(program);
  return program;
};

/** `--json` and its fellows may stand behind the command too, and what goes wrong there ends the same way. */
const inherit = (parent: Command): void => {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    if (command.commands.length === 0)
      command
        .option('--json', 'answer as JSON, on one line')
        .option('--url <url>', 'where the API is')
        .option('--api-key <key>', 'the API key to speak with');
    inherit(command);
  }
};

/** Runs one command line; answers the exit code. */
export const runCli = async (options: CliOptions): Promise<number> => {
  const { argv, env, err, out } = options;
  const isJson = argv.includes('--json');
  let exitCode: number = EXIT_CODES.done;
  let program: Command | undefined;
  const run: Run =
    (work) =>
    async (...args) => {
      const command = args.at(-1) as unknown as Command;
      const context = createContext(env, command.optsWithGlobals<GlobalOptions>());
      const result = await work(context, ...args);
      out(`${isJson ? JSON.stringify(result.value) : result.text}\n`);
      exitCode = result.exitCode ?? EXIT_CODES.done;
    };
  try {
    program = createProgram(options, run);
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
    const failure = presentFailure(error);
    const shown = { error: { message: failure.message, ...failure.details } };
    err(`${isJson ? JSON.stringify(shown) : failure.message}\n`);
    return failure.exitCode;
  }
};
