// A CloudFront function (runtime 2.0, viewer request) that serves the live release of a
// docjobs target with the layout pointer. docjobs keeps the release's ID in the
// key-value store that is associated with the function, under the target's name.
import cf from 'cloudfront';

const target = 'docs'; // the name of the target in the configuration of docjobs

const files = ['CNAME', 'LICENSE']; // names without a dot that are files and not folders

const releases = cf.kvs();

async function handler(event) {
  const request = event.request;
  let release;
  try {
    release = await releases.get(target);
  } catch (err) {
    return { statusCode: 503, statusDescription: 'Service Unavailable' }; // nothing is live yet
  }
  let path = request.uri;
  const name = path.substring(path.lastIndexOf('/') + 1);
  if (name === '') {
    path += 'index.html';
  } else if (!name.includes('.') && !files.includes(name)) {
    return {
      statusCode: 301,
      statusDescription: 'Moved Permanently',
      headers: { location: { value: path + '/' } },
    };
  }
  // The release is a part of the path and so of the key of the cache: what was cached of
  // the one before needs no invalidation. The origin path is the target's prefix.
  request.uri = '/releases/' + release + '/site' + path;
  return request;
}
