// A CloudFront function (runtime 2.0) that serves the live release of a docjobs target
// with the layout pointer. docjobs keeps the release's ID in the key-value store that is
// associated with the function, under the target's name. Associate the function with
// viewer request, and with viewer response for the redirects of the site's _redirects.
import cf from 'cloudfront';

const target = 'docs'; // the name of the target in the configuration of docjobs

const files = ['CNAME', 'LICENSE']; // names without a dot that are files and not folders

const releases = cf.kvs();

async function handler(event) {
  return event.response ? respond(event.response) : find(event.request);
}

// find turns the path of a page into that of its object in the live release.
async function find(request) {
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

// respond answers with a redirect where the object is one.
function respond(response) {
  const to = response.headers['x-amz-website-redirect-location'];
  if (!to) {
    return response;
  }
  return {
    statusCode: 301,
    statusDescription: 'Moved Permanently',
    headers: { location: { value: to.value }, 'cache-control': { value: 'public, max-age=0, must-revalidate' } },
  };
}
