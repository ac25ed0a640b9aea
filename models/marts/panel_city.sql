{{ config(post_hook="{{ comment_panel('city') }}") }}
{{ wide_panel('city') }}
