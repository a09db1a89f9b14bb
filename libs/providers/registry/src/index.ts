// All adapters together: the one place that names them.
// It promises each provider once, over one shared HTTP client.
// It refuses to be imported by anything but an app.
export { AdaptersModule } from './adapters.module.js';
